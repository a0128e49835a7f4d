// Work that follows orders of a store, paused, resumed and aborted at every point.
import {delay, type PausableSignal} from 'pausable-signal';
import {followRemote, memoryStore, RemoteController, type RemoteFollower} from 'pausable-signal/remote';
import {type Scenario, testEveryPoint} from './kit.ts';

type Work = (
	follower: RemoteFollower,
	remote: RemoteController,
	step: () => void,
	signal: PausableSignal,
) => Promise<unknown>;

/** Work under a follower, which is closed at the end, whatever interrupts it. */
const following =
	(work: Work): Scenario['run'] =>
	async (signal, step) => {
		const store = memoryStore();
		const follower = await followRemote(store, 'crawl', {signal, id: 'one'});
		try {
			return await work(follower, new RemoteController(store, 'crawl'), step, signal);
		} finally {
			await follower.close();
		}
	};

/** Three steps of ten milliseconds. */
const loop =
	(step: () => void) =>
	async ({signal}: {signal: PausableSignal}): Promise<string> => {
		for (let turn = 0; turn < 3; turn++) {
			await delay(signal, 10);
			step();
		}
		return 'done';
	};

testEveryPoint('a task under a follower', {
	value: 'done',
	steps: 3,
	run: following((follower, _remote, step) => follower.start(loop(step)).result),
});

testEveryPoint('two tasks under a follower, of which one is held by an order', {
	value: 'done,done',
	steps: 6,
	flows: 2,
	run: following(async (follower, remote, step, signal) => {
		const tasks = ['a', 'b'].map((set) => follower.start(loop(step), {set}));
		const results = Promise.all(tasks.map(({result}) => result));
		results.catch(() => {});
		const set = remote.taskSet('a');
		await set.pause('busy', {signal});
		await set.resume();
		await follower.refresh();
		return (await results).join();
	}),
});

testEveryPoint('a task that is aborted by an order', {
	value: 'enough',
	// Started in a pause, it never begins.
	steps: 0,
	run: following(async (follower, remote, _step, signal) => {
		const task = follower.start(({signal: inner}) => delay(inner, 60_000));
		const ended = task.result.catch((reason: unknown) => reason);
		await remote.abort('enough', {signal});
		const reason = await ended;
		signal.throwIfAborted();
		return reason;
	}),
});
