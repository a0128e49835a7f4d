// dispose() of a set: what it lets go of, and when it is refused.
import {expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {collectGarbage, createQueue, Deferred, flush, leftOn, nothing, watched} from './kit.ts';

// L2
test('it frees the name, the options and the holds of a set, and of those inside', () => {
	const queue = createQueue();
	const set = queue.taskSet('set', {concurrency: 1});
	set.taskSet('inner', {concurrency: 2}).hold('429');
	set.hold('user');
	set.dispose();
	expect(queue.inspect().sets).toEqual([]);
	const next = queue.taskSet('set', {concurrency: 5});
	expect(next).not.toBe(set);
	expect([next.concurrency, next.isPaused, next.taskSet('inner', {priority: 1}).isPaused]).toEqual([
		5,
		false,
		false,
	]);
});

test('names that begin alike keep their options', async () => {
	const queue = createQueue();
	for (const name of ['shop', 'shops']) queue.taskSet(name, {concurrency: 3}).taskSet('images');
	queue.taskSet('shop').dispose();
	await collectGarbage();
	expect(queue.taskSet('shops').concurrency).toBe(3);
	expect(queue.taskSet('shop').concurrency).toBe(Infinity);
});

test('a disposed set refuses tasks and sets, is not paused, and its signal is aborted', async () => {
	const queue = createQueue();
	const set = queue.taskSet('set');
	set.dispose();
	const refused = {name: 'InvalidStateError', message: 'The task set was disposed: it takes no more tasks'};
	await expect(set.add(() => 1)).rejects.toMatchObject(refused);
	await expect(queue.add(() => 1, {set})).rejects.toMatchObject(refused);
	expect(() => set.taskSet('inner')).toThrow(refused.message);
	expect([set.hold('late').release(), set.isPaused, set.state]).toEqual([false, false, 'stopped']);
	expect(set.signal.reason).toMatchObject({name: 'AbortError', message: 'The task set was disposed'});
	expect(await queue.add(() => 'ran', {set: 'set'})).toBe('ran');
});

test.each(['waits', 'runs', 'runs inside'] as const)('it is refused while a task %s', async (how) => {
	const queue = createQueue({name: 'crawl'});
	const set = queue.taskSet('set');
	const end = new Deferred<void>();
	if (how === 'waits') set.hold('429');
	const task = watched((how === 'runs inside' ? set.taskSet('inner') : set).add(() => end.promise));
	expect(() => set.dispose()).toThrow(/^Task set 'set' has [01] tasks that wait and [01] that run/);
	expect(queue.taskSet('set')).toBe(set);
	set.abort();
	end.resolve();
	await flush();
	set.dispose();
	expect([task.state, queue.inspect().sets]).toEqual(['rejected', []]);
});

test('a second time it does nothing, and does not touch the set that has the name now', () => {
	const queue = createQueue();
	const set = queue.taskSet('set');
	set.dispose();
	const next = queue.taskSet('set');
	set.dispose();
	set.addEventListener('progress', () => {});
	expect(queue.taskSet('set')).toBe(next);
});

test('a second time it forgets no options of the set that has the name now', async () => {
	const queue = createQueue();
	const set = queue.taskSet('set');
	const dispose = (): void => {
		set.dispose();
		queue.taskSet('set', {concurrency: 2});
		set.dispose();
	};
	dispose();
	await collectGarbage();
	expect(queue.inspect().sets).toEqual([]);
	expect(queue.taskSet('set').concurrency).toBe(2);
});

test('`using` disposes at the end of the block', () => {
	const queue = createQueue();
	{
		using set = queue.taskSet('set');
		expect(queue.inspect().sets.length).toBe(1);
		set.hold('429');
	}
	expect(queue.inspect().sets).toEqual([]);
});

test('a map() of a disposed set ends with its reason', async () => {
	const queue = createQueue();
	const set = queue.taskSet('set');
	set.hold('429');
	const next = watched(set.map([1], (item) => item).next());
	await flush();
	set.dispose();
	await flush();
	expect(next).toMatchObject({state: 'rejected', reason: {message: 'The task set was disposed'}});
});

test('nothing of it is left on the signals around it, nor any timer', async () => {
	const controller = new PausableController();
	const queue = createQueue({signal: controller.signal});
	const before = leftOn(queue.signal);
	for (let index = 0; index < 10; index++) {
		const set = queue.taskSet(`set ${index}`, {interval: 60_000, intervalCap: 1});
		set.addEventListener('statechange', () => {});
		await set.add(({signal}) => signal.checkpoint());
		set.hold('429', {until: 60_000});
		expect(leftOn(set.signal)).not.toEqual(nothing);
		set.dispose();
	}
	expect(leftOn(queue.signal)).toEqual(before);
});
