// A4: two copies of the package in one program. docs/design.md has the protocol between them.
import {afterAll, describe, expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import {rmSync} from 'node:fs';
import {getEventListeners} from 'node:events';
import * as own from 'pausable-signal';
import {collectGarbage, flush, watched} from '../core/support.ts';
import {loadCopy, loadCopyWithoutProtocol} from './copies.ts';
import {follow, OldController} from './fixtures/protocol-1.ts';

const esm = await loadCopy('esm');
const cjs = await loadCopy('cjs');
afterAll(() => rmSync('build/copies', {recursive: true, force: true}));

type Root = typeof own;

const pairs: readonly (readonly [string, Root, Root])[] = [
	['an ES module under the one under test', own, esm],
	['a CommonJS module under the one under test', own, cjs],
	['the one under test under an ES module', esm, own],
	['a CommonJS module under an ES module', esm, cjs],
];

const events = ['abort', 'pause', 'resume'] as const;

function listenersOn(signal: AbortSignal): number {
	return events.reduce((count, type) => count + getEventListeners(signal, type).length, 0);
}

function log(signal: AbortSignal): string[] {
	const seen: string[] = [];
	for (const type of events) signal.addEventListener(type, () => seen.push(type));
	return seen;
}

const reasonsOf = (signal: own.PausableSignal): unknown[] => signal.holds.map(({reason}) => reason);

test('A4: the copies are apart', () => {
	const classes = [own, esm, cjs].map((copy) => copy.PausableSignal);
	expect(new Set(classes).size).toBe(3);
	expect(new esm.PausableController().signal).not.toBeInstanceOf(own.PausableSignal);
});

describe.each(pairs)('A4: %s', (_name, above, below) => {
	test('is paused with it, for its reasons', () => {
		const parent = new above.PausableController();
		const child = new below.PausableController({signal: parent.signal});
		child.pause('own');
		parent.pause('user asked');
		using hold = parent.hold('429');
		expect(reasonsOf(child.signal)).toEqual(['own', 'user asked', '429']);
		expect(child.signal.holds.slice(1)).toEqual(parent.signal.holds);
		child.resume();
		expect([child.signal.paused, child.signal.pauseReason]).toEqual([true, 'user asked']);
		parent.resume();
		expect(reasonsOf(child.signal)).toEqual(['429']);
		hold.release();
		expect([child.signal.paused, child.signal.gate.isOpen]).toEqual([false, true]);
	});

	test('is born paused', () => {
		const parent = new above.PausableController();
		parent.pause('night');
		expect(new below.PausableController({signal: parent.signal}).signal.pauseReason).toBe('night');
	});

	test('waits until it is resumed', async () => {
		const parent = new above.PausableController();
		const child = new below.PausableController({signal: parent.signal});
		parent.pause();
		const waits = [watched(child.signal.gate.wait()), watched(child.signal.checkpoint())];
		await flush();
		expect(waits.map(({state}) => state)).toEqual(['pending', 'pending']);
		parent.resume();
		parent.pause();
		await flush();
		expect(waits.map(({state}) => state)).toEqual(['pending', 'pending']);
		parent.resume();
		await flush();
		expect(waits.map(({state}) => state)).toEqual(['resolved', 'resolved']);
		expect(listenersOn(parent.signal)).toBe(1);
	});

	test('tells of it in alternation, and only of real changes', () => {
		const parent = new above.PausableController();
		const child = new below.PausableController({signal: parent.signal});
		const seen = log(child.signal);
		parent.pause();
		child.pause();
		parent.resume();
		expect(seen).toEqual(['pause']);
		child.resume();
		parent.pause();
		parent.resume();
		expect(seen).toEqual(['pause', 'resume', 'pause', 'resume']);
	});

	test('hears an abort during the pause at once, with the very reason', async () => {
		const parent = new above.PausableController();
		const child = new below.PausableController({signal: parent.signal});
		const seen = log(child.signal);
		const reason = {code: 7};
		parent.pause();
		const wait = watched(child.signal.checkpoint());
		parent.abort(reason);
		await flush();
		expect(wait).toEqual({state: 'rejected', reason});
		expect(child.signal.reason).toBe(reason);
		expect([seen, child.signal.paused]).toEqual([['pause', 'abort'], false]);
		expect(listenersOn(parent.signal)).toBe(0);
	});

	const followers: readonly (readonly [string, (signal: AbortSignal) => own.PausableSignal])[] = [
		['any()', (signal) => below.PausableSignal.any([signal])],
		[
			'any() with it as the one that pauses',
			(signal) =>
				below.PausableSignal.any([new AbortController().signal], {pause: signal as own.PausableSignal}),
		],
		['from()', (signal) => below.PausableSignal.from(signal)],
		['deadline()', (signal) => below.deadline(signal, 1e9)],
	];

	test.each(followers)('%s follows it, for those who wait and those who listen', async (_kind, make) => {
		const parent = new above.PausableController();
		const signal = make(parent.signal);
		expect(signal).toBeInstanceOf(below.PausableSignal);
		const seen = log(signal);
		parent.pause('why');
		expect(signal.pauseReason).toBe('why');
		const wait = watched(make(parent.signal).gate.wait());
		parent.resume();
		await flush();
		expect([wait.state, seen]).toEqual(['resolved', ['pause', 'resume']]);
	});

	test('shield() lets its pauses through', async () => {
		const parent = new above.PausableController();
		parent.pause();
		await below.shield(
			parent.signal,
			(inner) => {
				expect(inner.paused).toBe(true);
			},
			{pause: false},
		);
	});

	test('a task under it stands still with it, and ends with it', async () => {
		const parent = new above.PausableController();
		const task = below.Task.start(({signal}) => below.forever(signal), {signal: parent.signal});
		await flush();
		parent.pause();
		await flush();
		expect(task.state).toBe('paused');
		parent.resume();
		await flush();
		expect(task.state).toBe('running');
		parent.abort();
		await task.join();
		expect([task.state, listenersOn(parent.signal)]).toEqual(['stopped', 0]);
	});

	test('a delay does not end while it is paused, and leaves nothing', async () => {
		const parent = new above.PausableController();
		const due = watched(below.delay(parent.signal, new Date(0)));
		parent.pause();
		await new Promise((resolve) => setTimeout(resolve, 5));
		expect(due.state).toBe('pending');
		parent.resume();
		await flush();
		expect([due.state, listenersOn(parent.signal)]).toEqual(['resolved', 0]);
	});

	test('children that nobody has are collected, and their listeners with them', async () => {
		const parent = new above.PausableController();
		let left = 0;
		const registry = new FinalizationRegistry<void>(() => left--);
		(function dropped(): void {
			for (let i = 0; i < 100; i++, left++)
				registry.register(new below.PausableController({signal: parent.signal}).signal, undefined);
		})();
		await collectGarbage(() => left === 0 && listenersOn(parent.signal) === 0);
		expect([left, listenersOn(parent.signal)]).toEqual([0, 0]);
	});

	test("a step of the one above lets nobody below through: it reaches its own copy's waits alone", async () => {
		const parent = new above.PausableController();
		const child = new below.PausableController({signal: parent.signal});
		parent.pause();
		const wait = watched(child.signal.gate.wait());
		expect(parent.step()).toBe(false);
		await flush();
		expect(wait.state).toBe('pending');
		parent.abort();
	});
});

test('A4: a queue of another copy is paused with a signal of ours, and releases what it holds', async () => {
	const parent = new own.PausableController();
	const queue = new esm.PausableQueue({signal: parent.signal});
	parent.pause('night');
	const added = watched(queue.add(() => 'done'));
	await flush();
	expect([queue.state, added.state]).toEqual(['paused', 'pending']);
	parent.resume();
	await flush();
	expect(added).toEqual({state: 'resolved', value: 'done'});
});

describe('A4: any chain of copies behaves as one copy', () => {
	interface Link {
		readonly controller: own.PausableController;
		readonly seen: string[];
	}

	function chain(copies: readonly Root[]): Link[] {
		const links: Link[] = [];
		for (const copy of copies) {
			const signal = links.at(-1)?.controller.signal;
			const controller = new copy.PausableController({signal});
			links.push({controller, seen: log(controller.signal)});
		}
		return links;
	}

	const step = fc.record({
		at: fc.nat({max: 3}),
		verb: fc.constantFrom('pause' as const, 'resume' as const, 'hold' as const, 'wait' as const),
	});

	test('whatever is paused, resumed and aborted, in whatever order', async () => {
		const copies = fc.array(fc.constantFrom<Root>(own, esm, cjs), {minLength: 4, maxLength: 4});
		const program = fc.array(step, {maxLength: 30});
		await fc.assert(
			fc.asyncProperty(copies, program, fc.boolean(), async (mixed, steps, flushes) => {
				const runs = [chain(mixed), chain([own, own, own, own])];
				const waits = runs.map(() => [] as {state: string}[]);
				const state = (run: number): unknown =>
					runs[run]?.map(({controller: {signal}, seen}) => [
						signal.paused,
						signal.aborted,
						signal.gate.isOpen,
						reasonsOf(signal),
						[...seen],
					]);
				const holds = runs.map(() => [] as own.PauseHold[]);
				for (const [index, {at, verb}] of steps.entries()) {
					for (const [run, links] of runs.entries()) {
						const {controller} = links[at] as Link;
						if (verb === 'pause') controller.pause(index);
						if (verb === 'resume') controller.resume();
						if (verb === 'wait') waits[run]?.push(watched(controller.signal.gate.wait()));
						if (verb === 'hold')
							if (index % 2 === 0) holds[run]?.push(controller.hold(index));
							else holds[run]?.pop()?.release();
					}
					if (flushes) await flush();
					expect(state(0)).toEqual(state(1));
				}
				await flush();
				expect(waits[0]).toEqual(waits[1]);
				for (const links of runs) links[0]?.controller.abort('end');
				await flush();
				expect(state(0)).toEqual(state(1));
				expect(waits[0]).toEqual(waits[1]);
			}),
			{numRuns: 200},
		);
	});
});

describe('A4: version 1 of the protocol, as it was', () => {
	test('its signals are followed', async () => {
		const old = new OldController();
		const child = new own.PausableController({signal: old.signal});
		const seen = log(child.signal);
		old.setHolds([{reason: 'lunch', since: 5}]);
		expect(child.signal.holds).toEqual([{reason: 'lunch', since: 5}]);
		const wait = watched(child.signal.gate.wait());
		old.setHolds([]);
		await flush();
		expect([wait.state, seen]).toEqual(['resolved', ['pause', 'resume']]);
		old.abort('enough');
		expect(child.signal.reason).toBe('enough');
	});

	test('it follows ours', () => {
		const controller = new own.PausableController();
		const {seen, end} = follow(controller.signal);
		controller.pause('lunch');
		controller.resume();
		controller.pause('dinner');
		controller.abort();
		expect(seen).toEqual([['lunch'], 'running', ['dinner'], 'aborted']);
		end();
	});
});

describe.each([
	['older', () => loadCopy('esm', 0)],
	['newer', () => loadCopy('esm', 2)],
	['of before there was a protocol', loadCopyWithoutProtocol],
])('A4: a copy whose protocol is %s', (_kind, load) => {
	test('passes its abort on, both ways, and no pause, as the docs say', async () => {
		const other = await load();
		for (const [above, below] of [
			[own, other],
			[other, own],
		] as const) {
			const parent = new above.PausableController();
			const child = new below.PausableController({signal: parent.signal});
			parent.pause();
			expect([parent.signal.paused, child.signal.paused]).toEqual([true, false]);
			parent.abort('stop');
			expect(child.signal.reason).toBe('stop');
		}
	});
});
