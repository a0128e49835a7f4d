// The tasks of a follower: which holds and aborts reach them, whenever they began and ended.
import {expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import type {Task} from 'pausable-signal';
import {type ControlStore, memoryStore, type RemoteFollower, type RemoteScope} from 'pausable-signal/remote';
import {aborted, join} from './kit.ts';

interface Orders {
	readonly holds?: readonly {readonly scope: string}[];
	readonly orders?: readonly {readonly id: string; readonly scope: string}[];
}

/** Writes the orders as the next version of the document, and waits until the follower obeys them. */
async function order(store: ControlStore, follower: RemoteFollower, orders: Orders): Promise<void> {
	const version = follower.version + 1;
	const holds = (orders.holds ?? []).map(({scope}) => ({
		id: 'test',
		scope,
		reason: scope,
		since: 1,
		by: 'test',
	}));
	const state = {id: `document ${version}`, holds, orders: orders.orders ?? []};
	await store.write('fleet', version - 1, {version, state});
	await follower.refresh();
}

const scope = fc.constantFrom('*', 'set:a', 'set:b', 'job:1', 'job:2');
const taskScope = fc.record<RemoteScope>({
	set: fc.constantFrom(undefined, 'a', 'b', ['a', 'b']),
	job: fc.constantFrom(undefined, '1', '2'),
});

function scopesOf({set = [], job}: RemoteScope): string[] {
	const sets = typeof set === 'string' ? [set] : set;
	return ['*', ...sets.map((name) => `set:${name}`), ...(job === undefined ? [] : [`job:${job}`])];
}

test('a task has the holds of its scopes, whether they or the task came first', async () => {
	const step = fc.oneof(
		fc.record({start: taskScope}),
		fc.record({hold: fc.uniqueArray(scope, {maxLength: 4})}),
	);
	await fc.assert(
		fc.asyncProperty(fc.array(step, {maxLength: 12}), async (steps) => {
			const store = memoryStore();
			const follower = await join(store, 'fleet');
			const tasks: {task: Task<unknown>; scopes: string[]}[] = [];
			let held: readonly string[] = [];
			for (const next of steps) {
				if ('start' in next) {
					const task = follower.start(({signal}) => aborted(signal), next.start);
					tasks.push({task, scopes: scopesOf(next.start)});
				} else {
					held = next.hold;
					await order(store, follower, {holds: held.map((one) => ({scope: one}))});
				}
				for (const {task, scopes} of tasks) {
					const reasons = task.signal.holds.map(({reason}) => reason);
					expect(new Set(reasons)).toEqual(new Set(held.filter((one) => scopes.includes(one))));
					expect(reasons.length).toBe(new Set(reasons).size);
				}
			}
			await follower.close();
		}),
		{numRuns: 60},
	);
});

test('a hold of a scope leaves a hold of the task itself in force, and the other way round', async () => {
	const store = memoryStore();
	const follower = await join(store, 'fleet');
	const task = follower.start(({signal}) => aborted(signal), {set: 'a'});
	const own = task.hold('own');
	await order(store, follower, {holds: [{scope: 'set:a'}]});
	expect(task.signal.holds.map(({reason}) => reason)).toEqual(['own', 'set:a']);
	await order(store, follower, {});
	expect(task.signal.holds.map(({reason}) => reason)).toEqual(['own']);
	await order(store, follower, {holds: [{scope: 'set:a'}]});
	expect(own.release()).toBe(true);
	expect(task.signal.pauseReason).toBe('set:a');
	await order(store, follower, {});
	expect(task.signal.paused).toBe(false);
});

test('orders that come after the end of a task leave its signal alone', async () => {
	const store = memoryStore();
	const follower = await join(store, 'fleet');
	const task = follower.start(() => 1, {set: 'a', job: '1'});
	// The first moment at which the task has ended.
	const ended = new Promise<void>((resolve) => {
		task.addEventListener('statechange', () => resolve());
	});
	await ended;
	await order(store, follower, {
		holds: [{scope: 'set:a'}, {scope: '*'}],
		orders: [{id: 'o', scope: 'job:1'}],
	});
	expect(task.signal.paused).toBe(false);
	expect(task.signal.aborted).toBe(false);
	expect((await store.members('fleet')).length).toBe(1);
});

test('an abort of a set does not reach a task that a listener starts during it', async () => {
	const store = memoryStore();
	const follower = await join(store, 'fleet');
	const first = follower.start(({signal}) => aborted(signal), {set: 'a'});
	let second: Task<unknown> | undefined;
	first.signal.addEventListener('abort', () => {
		second = follower.start(({signal}) => aborted(signal), {set: 'a'});
	});
	await order(store, follower, {orders: [{id: 'o', scope: 'set:a'}]});
	expect(first.signal.aborted).toBe(true);
	expect(second!.signal.aborted).toBe(false);
});

test.each<[string, unknown]>([
	['signal', new AbortController()],
	['signal[1]', [new AbortController().signal, new AbortController()]],
])('a bad %s of a task is named as its caller passed it, and no task is left', async (name, signal) => {
	const store = memoryStore();
	const follower = await join(store, 'fleet');
	expect(() => follower.start(() => 1, {set: 'a', signal: signal as AbortSignal})).toThrow(
		`${name}: expected an AbortSignal, got AbortController (object)`,
	);
	await follower.close();
	expect(await store.members('fleet')).toEqual([]);
});
