import {describe, expect, jest, test} from '@jest/globals';
import {type ControlStore, followRemote, memoryStore, RemoteController} from 'pausable-signal/remote';
import {FaultyStore, join, loop, until} from './kit.ts';

type Method = keyof ControlStore;

const methods = ['read', 'write', 'report', 'members', 'watch'] as const;
const never = (): Promise<never> => new Promise(() => {});

/** A store of which one method is another. */
function storeWith(method: Method, other: (...args: never[]) => unknown): ControlStore {
	return {...memoryStore(), [method]: other};
}

describe('a store that never answers', () => {
	const verbs: Readonly<Record<string, (fleet: RemoteController) => Promise<unknown>>> = {
		pause: (fleet) => fleet.pause('x', {timeout: 10}),
		resume: (fleet) => fleet.resume(),
		hold: (fleet) => fleet.hold('x'),
		abort: (fleet) => fleet.abort('x', {timeout: 10}),
		status: (fleet) => fleet.status(),
	};

	test.each(Object.keys(verbs))('%s() of a controller rejects after 15 seconds', async (verb) => {
		jest.useFakeTimers();
		try {
			const asked = verbs[verb]!(new RemoteController(storeWith('read', never), 'fleet'));
			const outcome = expect(asked).rejects.toThrow('has not answered within 15000 ms');
			await jest.advanceTimersByTimeAsync(15_000);
			await outcome;
			expect(jest.getTimerCount()).toBe(0);
		} finally {
			jest.useRealTimers();
		}
	});

	test('a wait for a report ends although it has no timeout', async () => {
		jest.useFakeTimers();
		try {
			const asked = new RemoteController(storeWith('members', never), 'fleet').pause();
			const outcome = expect(asked).rejects.toThrow('has not answered within 15000 ms');
			await jest.advanceTimersByTimeAsync(31_000);
			await outcome;
			expect(jest.getTimerCount()).toBe(0);
		} finally {
			jest.useRealTimers();
		}
	});

	test('followRemote() rejects after a lease, and ends a watch that begins too late', async () => {
		const store = new FaultyStore();
		let begin = (): void => {};
		const begun = new Promise<void>((resolve) => (begin = resolve));
		const {watch} = store;
		store.watch = async (...args) => {
			await begun;
			return watch(...args);
		};
		await expect(followRemote(store, 'fleet', {leaseMs: 100})).rejects.toThrow(
			'has not answered within 100 ms',
		);
		begin();
		await until(() => store.calls.includes('watch') && store.watchers === 0);
	});

	// A write of its own comes from a follower that finds the document lost.
	test('a follower whose write gets no answer is back after the next report', async () => {
		const shared = memoryStore();
		let writes = 0;
		const write: ControlStore['write'] = (...args) => (writes++ === 0 ? never() : shared.write(...args));
		const follower = await join({...shared, write}, 'fleet', {leaseMs: 100});
		const {task} = loop(follower);
		const fleet = new RemoteController(shared, 'fleet');
		await fleet.pause('known');
		await shared.write('fleet', follower.version, {version: 0, state: undefined});
		await until(async () => (await fleet.status()).holds.length > 0);
		await until(() => follower.held()?.reason === 'known');
		await fleet.resume();
		await until(() => task.state === 'running');
		expect(writes).toBeGreaterThan(1);
	});
});

describe('a store that answers nonsense', () => {
	const nonsense: Readonly<Record<Method, readonly unknown[]>> = {
		read: [null, 5, 'x', {}, {version: '1', now: 1}, {version: -1, now: 1}, {version: 1, now: Number.NaN}],
		write: [undefined, null, 0, 'OK', {}],
		report: [undefined, null, '1', -1, 0.5, {}],
		members: [undefined, null, {}, 'x', [null], [{}]],
		watch: [undefined, null, 5, {}],
	};

	test.each(methods.flatMap((method) => nonsense[method].map((answer) => [method, answer] as const)))(
		'%s() with %p is refused by name',
		async (method, answer) => {
			const store = storeWith(method, async () => answer);
			const fleet = new RemoteController(store, 'fleet');
			const isOfFollowers = method === 'report' || method === 'watch';
			const asked = isOfFollowers
				? followRemote(store, 'fleet')
				: Promise.all([fleet.status(), fleet.pause('x', {timeout: 10})]);
			await expect(asked).rejects.toThrow(`the answer of the control store's ${method}(): expected`);
		},
	);

	test.each(['read', 'watch'] as const)(
		'rejects followRemote() (%s), and leaves nothing behind',
		async (method) => {
			const shared = memoryStore();
			const store: ControlStore = {...shared, [method]: async () => undefined};
			await expect(followRemote(store, 'fleet')).rejects.toThrow(TypeError);
			expect(await shared.members('fleet')).toEqual([]);
		},
	);

	test('changes nothing that a follower has in force', async () => {
		const shared = memoryStore();
		let isWrong = false;
		const read: ControlStore['read'] = async (...args) =>
			isWrong ? ({version: 0} as never) : shared.read(...args);
		const follower = await join({...shared, read}, 'fleet');
		await new RemoteController(shared, 'fleet').hold('known');
		await follower.refresh();
		isWrong = true;
		await expect(follower.refresh()).rejects.toThrow(TypeError);
		expect(follower.held()?.reason).toBe('known');
	});
});
