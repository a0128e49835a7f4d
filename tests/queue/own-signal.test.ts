// Tasks with a `signal` of their own, which removes them, holds them back, or parks them.
import {describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import type {Queue, QueueAddOptions, RunFunction} from 'pausable-signal/queue';
import {createQueue, Deferred, flush, macrotask, parkOnce} from './kit.ts';

/** First in, first out, as a user might write it. */
class Fifo implements Queue<RunFunction, QueueAddOptions> {
	items: {run: RunFunction; id: string | undefined}[] = [];
	get size(): number {
		return this.items.length;
	}
	enqueue(run: RunFunction, options?: Partial<QueueAddOptions>): void {
		this.items.push({run, id: options?.id});
	}
	dequeue(): RunFunction | undefined {
		return this.items.shift()?.run;
	}
	filter(): RunFunction[] {
		return this.items.map(({run}) => run);
	}
	setPriority(): void {}
	remove(id: string): void {
		this.items = this.items.filter((item) => item.id !== id);
	}
}

describe('a task whose signal aborts while it waits', () => {
	test.each([false, true])('leaves the backlog at once; after a clear(): %p', async (clears) => {
		const queue = createQueue({autoStart: false});
		const controller = new AbortController();
		if (clears) {
			queue.add(() => {}).catch(() => {});
			queue.clear();
		}
		const removed = queue.add(() => {}, {signal: controller.signal, priority: 1});
		removed.catch(() => {});
		void queue.add(() => {}, {priority: 1});
		controller.abort('enough');
		await expect(removed).rejects.toBe('enough');
		expect([queue.size, queue.sizeBy({priority: 1})]).toEqual([1, 1]);
		queue.clear();
		expect([queue.size, queue.sizeBy({priority: 1})]).toEqual([0, 0]);
	});

	test.each([
		['if no other has its id', ['one', 'other'], 1],
		['but stays until its turn beside another of its id', ['same', 'same'], 2],
	])('leaves a queueClass that removes by id, %s', async (_when, ids, left) => {
		const queue = createQueue({queueClass: Fifo, autoStart: false});
		const controllers = ids.map(() => new AbortController());
		const log: string[] = [];
		for (const [index, {signal}] of controllers.entries())
			queue.add(() => log.push(`ran ${index}`), {signal, id: ids[index] as string}).catch(() => {});
		controllers[0]?.abort();
		expect([queue.size, queue.sizeBy({priority: 0})]).toEqual([1, left]);
		queue.start();
		await queue.onIdle();
		expect(log).toEqual(['ran 1']);
	});

	// An earlier listener of its signal starts the queue, which then finds it aborted at its turn.
	test('at its very turn fires one `next`', async () => {
		const queue = createQueue({autoStart: false});
		const controller = new AbortController();
		controller.signal.addEventListener('abort', () => queue.start());
		queue.add(() => {}, {signal: controller.signal}).catch(() => {});
		let fired = 0;
		queue.addEventListener('next', () => fired++);
		controller.abort();
		await flush();
		expect([fired, queue.size]).toEqual([1, 0]);
	});
});

describe('a task whose signal is paused while it waits', () => {
	test('keeps its place if the signal is resumed before its turn, and counts once', async () => {
		const log: string[] = [];
		const queue = createQueue({autoStart: false});
		const controller = new PausableController();
		controller.pause();
		void queue.add(() => log.push('held back'), {signal: controller.signal});
		void queue.add(() => log.push('other'));
		expect(queue.sizeBy({priority: 0})).toBe(2);
		controller.resume();
		expect(queue.sizeBy({priority: 0})).toBe(2);
		queue.start();
		await queue.onIdle();
		expect(log).toEqual(['held back', 'other']);
	});

	test('waits from its turn to the resume, takes a new priority, and may be removed by its abort', async () => {
		const log: string[] = [];
		const queue = createQueue({concurrency: 1});
		const controllers = Array.from({length: 3}, () => new PausableController());
		const end = new Deferred<void>();
		for (const [index, controller] of controllers.entries()) {
			controller.pause();
			const {signal} = controller;
			queue.add(() => log.push(`held back ${index}`), {signal, id: String(index)}).catch(() => {});
		}
		void queue.add(() => end.promise);
		await flush();
		expect([log, queue.size, queue.pending]).toEqual([[], 3, 1]);
		void queue.add(() => log.push('newcomer'), {priority: 1});
		queue.setPriority('1', 2);
		controllers[2]?.abort();
		const gone = new AbortController();
		queue.add(() => {}, {signal: gone.signal, priority: 3}).catch(() => {});
		gone.abort();
		expect([queue.size, queue.sizeBy({priority: 3})]).toEqual([3, 0]);
		for (const controller of controllers) controller.resume();
		end.resolve();
		await queue.onIdle();
		expect(log).toEqual(['held back 1', 'newcomer', 'held back 0']);
	});
});

// Only a pause of a set or of the queue gives slots to others.
test('a task that its own signal parks keeps its slot', async () => {
	const log: string[] = [];
	const queue = createQueue({concurrency: 1, whilePaused: 'release'});
	const controller = new PausableController();
	const {signal} = controller;
	void queue.taskSet('set').add(parkOnce(log, 'parked'), {signal});
	void queue.add(() => log.push('other'));
	controller.pause();
	await macrotask();
	await macrotask();
	expect([log, queue.progress.parked]).toEqual([[], 1]);
	controller.resume();
	await queue.onIdle();
	expect(log).toEqual(['parked goes on', 'parked ends', 'other']);
});
