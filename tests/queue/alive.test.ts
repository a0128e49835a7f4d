// When the queue keeps the process alive, as the process itself sees it. keep-alive.test.ts has whole processes.
import {describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {createQueue, Deferred, macrotask, parkOnce} from './kit.ts';

/** Whether one more thing keeps the process alive than before. */
function watchProcess(): () => boolean {
	const count = (): number => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
	const before = count();
	return () => count() > before;
}

test('while tasks wait and none runs, and not before or after', async () => {
	const keepsAlive = watchProcess();
	const queue = createQueue({autoStart: false});
	const seen = [keepsAlive()];
	const note = async (): Promise<void> => {
		await macrotask();
		seen.push(keepsAlive());
	};
	await note();
	const end = new Deferred<void>();
	void queue.add(() => end.promise);
	void queue.add(() => end.promise);
	await note();
	queue.concurrency = 1;
	queue.start();
	// What a task that moves waits for keeps the process alive, or nothing does.
	await note();
	end.resolve();
	await queue.onIdle();
	await note();
	expect(seen).toEqual([false, false, true, false, false]);
});

test('while all tasks that run are parked, and not while one of them moves', async () => {
	const keepsAlive = watchProcess();
	const queue = createQueue();
	const [end, own] = [new Deferred<void>(), new PausableController()];
	void queue.add(parkOnce([], 'parked'), {signal: own.signal});
	void queue.add(() => end.promise);
	own.pause();
	await macrotask();
	await macrotask();
	const whileOneMoves = keepsAlive();
	end.resolve();
	await macrotask();
	const whileParked = keepsAlive();
	own.resume();
	await queue.onIdle();
	await macrotask();
	expect({whileOneMoves, whileParked, after: keepsAlive()}).toEqual({
		whileOneMoves: false,
		whileParked: true,
		after: false,
	});
});

test('not at all with `keepAlive: false`, a map() that somebody reads included', async () => {
	const keepsAlive = watchProcess();
	const queue = createQueue({autoStart: false, keepAlive: false});
	const task = queue.add(() => 1);
	const results = queue.map([1], (item) => item);
	const next = results.next();
	await macrotask();
	expect(keepsAlive()).toBe(false);
	queue.start();
	expect([await task, await next]).toEqual([1, {done: false, value: 1}]);
	await results.return();
});

test('while somebody reads a map() of a paused queue, and not once it was left', async () => {
	const keepsAlive = watchProcess();
	const queue = createQueue({autoStart: false});
	const results = queue.map([1], (item) => item);
	await macrotask();
	const unread = keepsAlive();
	const next = results.next();
	await macrotask();
	const read = keepsAlive();
	await results.return();
	await next;
	await macrotask();
	expect({unread, read, left: keepsAlive()}).toEqual({unread: false, read: true, left: false});
});

// R3
describe('not for the rate of a set', () => {
	test('once the last task that waited for it has started', async () => {
		const keepsAlive = watchProcess();
		const [started, end] = [new Deferred<void>(), new Deferred<void>()];
		const set = createQueue().taskSet('set', {interval: 30, intervalCap: 1});
		await set.add(() => 1);
		void set.add(() => {
			started.resolve();
			return end.promise;
		});
		await macrotask();
		const whileItWaits = keepsAlive();
		await started.promise;
		await macrotask();
		expect({whileItWaits, afterwards: keepsAlive()}).toEqual({whileItWaits: true, afterwards: false});
		end.resolve();
		await set.onIdle();
	});

	test.each([false, true])('that nothing waits for; strict: %p', async (strict) => {
		const keepsAlive = watchProcess();
		const set = createQueue().taskSet('set', {interval: 60_000, intervalCap: 2, strict});
		await set.add(() => 1);
		await set.add(() => 2);
		await macrotask();
		expect(keepsAlive()).toBe(false);
	});
});
