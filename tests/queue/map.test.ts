// queue.map(): results, backpressure, ends.
import {Readable} from 'node:stream';
import {describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import type {MapIterator} from 'pausable-signal/queue';
import {createQueue, Deferred, flush, leftOn, macrotask, nothing, watched} from './kit.ts';

/** A source that is asked by hand, and notes what is done to it. */
class HandSource implements AsyncIterableIterator<number> {
	readonly log: string[] = [];
	readonly asked: Deferred<IteratorResult<number>>[] = [];

	next(): Promise<IteratorResult<number>> {
		const next = new Deferred<IteratorResult<number>>();
		this.asked.push(next);
		return next.promise;
	}

	give(value: number): void {
		this.asked.shift()!.resolve({done: false, value});
	}

	async return(): Promise<IteratorResult<number>> {
		this.log.push('return');
		return {done: true, value: undefined};
	}

	[Symbol.asyncIterator](): this {
		return this;
	}
}

async function collect<R>(results: AsyncIterable<R>): Promise<R[]> {
	const all: R[] = [];
	for await (const result of results) all.push(result);
	return all;
}

async function* count(to: number, log: string[] = []): AsyncGenerator<number> {
	try {
		for (let item = 1; item <= to; item++) yield item;
	} finally {
		await macrotask();
		log.push('closed');
	}
}

describe('results', () => {
	const sources = {
		array: () => [1, 2, 3],
		set: () => new Set([1, 2, 3]),
		'generator of promises': function* () {
			for (const item of [1, 2, 3]) yield Promise.resolve(item);
		},
		'async generator': () => count(3),
		ReadableStream: () =>
			new ReadableStream<number>({
				start(controller) {
					for (const item of [1, 2, 3]) controller.enqueue(item);
					controller.close();
				},
			}),
		'Node stream': () => Readable.from([1, 2, 3]),
	};
	test.each(Object.entries(sources))('of a source: %s', async (_name, create) => {
		expect(await collect(createQueue().map(create() as Iterable<number>, (item) => item * 2))).toEqual([
			2, 4, 6,
		]);
	});

	test('of an empty source are none, and the loop ends', async () => {
		expect(await collect(createQueue().map([], (item) => item))).toEqual([]);
	});

	const inverse = [3, 2, 1];
	test.each([
		['ordered', undefined, inverse],
		['ordered: false', {ordered: false}, [1, 2, 3]],
	] as const)('%s', async (_name, options, expected) => {
		const turns = async (item: number): Promise<number> => {
			for (let turn = 0; turn < item * 3; turn++) await macrotask();
			return item;
		};
		expect(await collect(createQueue().map(inverse, turns, options))).toEqual(expected);
	});

	test('come from a function with the context of its task, limited by its set and queue', async () => {
		const queue = createQueue({concurrency: 3});
		const set = queue.taskSet('set', {concurrency: 2});
		let running = 0;
		let most = 0;
		const results = await collect(
			set.map([1, 2, 3, 4, 5], async (item, context) => {
				running++;
				most = Math.max(most, running);
				await macrotask();
				running--;
				return context.set === set && context.signal.aborted === false ? item : undefined;
			}),
		);
		expect({results, most}).toEqual({results: [1, 2, 3, 4, 5], most: 2});
	});

	test('come first for tasks of a higher priority', async () => {
		const order: string[] = [];
		const queue = createQueue({concurrency: 1, autoStart: false});
		void queue.add(() => order.push('plain'));
		const mapped = collect(queue.map(['mapped'], (item) => order.push(item), {priority: 1}));
		await macrotask();
		queue.start();
		// A paused queue pulls nothing, so that this one comes to a queue that has run the other.
		await mapped;
		expect(order).toEqual(['plain', 'mapped']);
	});

	test('leave nothing unfinished, and a stream unlocked', async () => {
		const stream = sources.ReadableStream();
		const results = createQueue().map(stream, (item) => item);
		expect(await collect(results)).toEqual([1, 2, 3]);
		expect([results.unfinished, stream.locked]).toEqual([[], false]);
	});

	test('come from several calls of next() at once, and from calls after the end', async () => {
		const results = createQueue().map([1, 2], (item) => item);
		const answers = await Promise.all([results.next(), results.next(), results.next(), results.next()]);
		expect(answers.map(({value}) => value)).toEqual([1, 2, undefined, undefined]);
		expect(await results.next()).toEqual({done: true, value: undefined});
	});
});

describe('backpressure', () => {
	test.each([1, 2, 5])('at most %i items are under way or have an untaken result', async (concurrency) => {
		let pulled = 0;
		function* source(): Generator<number> {
			for (;;) yield ++pulled;
		}
		const results = createQueue().map(source(), (item) => item, {concurrency});
		const seen: number[] = [];
		for (let taken = 0; taken < 4; taken++) {
			await results.next();
			for (let turn = 0; turn < 10; turn++) await macrotask();
			seen.push(pulled - taken - 1);
		}
		expect(seen).toEqual(seen.map(() => concurrency));
		await results.return();
	});

	test('map() pulls nothing before the first next(), nor during a pause', async () => {
		const queue = createQueue();
		let pulled = 0;
		function* source(): Generator<number> {
			for (;;) yield ++pulled;
		}
		const results = queue.map(source(), (item) => item, {concurrency: 1});
		await macrotask();
		expect(pulled).toBe(0);
		await results.next();
		await macrotask();
		void queue.pause();
		await results.next();
		const before = pulled;
		const next = watched(results.next());
		await macrotask();
		expect({pulled, next: next.state}).toEqual({pulled: before, next: 'pending'});
		queue.resume();
		await macrotask();
		expect(next.state).toBe('resolved');
		await results.return();
	});
});

describe('leaving the loop', () => {
	test('waits until an idle source has closed', async () => {
		const log: string[] = [];
		for await (const item of createQueue().map(count(9, log), (value) => value, {concurrency: 2})) {
			for (let turn = 0; turn < 5; turn++) await macrotask();
			if (item === 2) break;
		}
		expect(log).toEqual(['closed']);
	});

	test('with an item on its way closes the source at once, and does not wait', async () => {
		const source = new HandSource();
		const results = createQueue().map(source, (item) => item);
		const next = results.next();
		await flush();
		source.give(1);
		await next;
		await flush();
		expect(source.asked).toHaveLength(1);
		await results.return();
		expect(source.log).toEqual(['return']);
	});

	test('with an item on its way closes an async generator after that item', async () => {
		const log: string[] = [];
		const second = new Deferred<number>();
		async function* source(): AsyncGenerator<number> {
			try {
				yield 1;
				yield await second.promise;
			} finally {
				log.push('closed');
			}
		}
		const results = createQueue().map(source(), (item) => item);
		for await (const item of results) if (item === 1) break;
		log.push('left');
		expect(results.unfinished).toEqual([]);
		second.resolve(2);
		await flush();
		expect(log).toEqual(['left', 'closed']);
		// Nobody else will ever get it.
		expect(results.unfinished).toEqual([2]);
	});

	test('is not delayed by a pause, nor by a function that ignores its abort', async () => {
		const queue = createQueue({concurrency: 1});
		const deaf = new Deferred<void>();
		const results = queue.map([1, 2, 3], async (item) => (item === 1 ? item : deaf.promise));
		await results.next();
		await macrotask();
		void queue.pause();
		await results.return();
		expect({size: queue.size, unfinished: results.unfinished}).toEqual({size: 0, unfinished: [2, 3]});
		deaf.resolve();
		queue.resume();
		await queue.onIdle();
	});

	test('stops the work: drops waiting tasks and aborts running ones', async () => {
		const queue = createQueue({concurrency: 2});
		const log: string[] = [];
		const results = queue.map([1, 2, 3, 4], async (item, {signal}) => {
			log.push(`${item} starts`);
			if (item === 1) return item;
			await new Promise<void>((resolve) => {
				signal.addEventListener('abort', () => resolve());
			});
			log.push(`${item} is aborted`);
			return item;
		});
		for await (const item of results) {
			await macrotask();
			if (item === 1) break;
		}
		await queue.onIdle();
		expect(log).toEqual(['1 starts', '2 starts', '3 starts', '2 is aborted', '3 is aborted']);
		expect(results.unfinished).toEqual([2, 3, 4]);
	});

	test('is possible before the first next(), and twice', async () => {
		const log: string[] = [];
		const source = new HandSource();
		const results = createQueue().map(source, (item) => item);
		expect(await results.return()).toEqual({done: true, value: undefined});
		expect(await results.return()).toEqual({done: true, value: undefined});
		expect([source.log, source.asked.length, log]).toEqual([['return'], 0, []]);
	});

	test('waits until the source has closed, before the first next(), too', async () => {
		const closed = new Deferred<IteratorResult<number>>();
		const source = new HandSource();
		source.return = () => closed.promise;
		const returned = watched(
			createQueue()
				.map(source, (item) => item)
				.return(),
		);
		await macrotask();
		const before = returned.state;
		closed.resolve({done: true, value: undefined});
		await macrotask();
		expect([before, returned.state]).toEqual(['pending', 'resolved']);
	});

	test('happens at the end of an `await using` block', async () => {
		const source = new HandSource();
		const results = createQueue().map(source, (item) => item);
		await results[Symbol.asyncDispose]();
		expect(source.log).toEqual(['return']);
	});

	test('answers a next() that waits', async () => {
		const results = createQueue().map(new HandSource(), (item) => item);
		const next = results.next();
		await macrotask();
		await results.return();
		expect(await next).toEqual({done: true, value: undefined});
	});
});

describe('errors', () => {
	test('of the function end the loop and the work, and close the source', async () => {
		const source = new HandSource();
		const queue = createQueue();
		const results = queue.map(source, async (item) => {
			if (item === 2) throw new RangeError('no');
			return item;
		});
		const work = watched(collect(results));
		for (const item of [1, 2, 3]) {
			await macrotask();
			source.give(item);
		}
		await macrotask();
		expect(work).toMatchObject({state: 'rejected', reason: new RangeError('no')});
		expect(source.log).toEqual(['return']);
		expect(results.unfinished).toContain(2);
		expect(await results.next()).toEqual({done: true, value: undefined});
	});

	test.each([
		[7, '7 (number)'],
		[null, 'null'],
		[undefined, 'undefined'],
	])('of a source whose next() gives %p say so, and nothing is unfinished', async (result, got) => {
		const source = {next: async () => result, [Symbol.asyncIterator]: () => source};
		const results = createQueue().map(source as never, (item) => item);
		await expect(results.next()).rejects.toThrow(
			`source: expected a result object from its next(), got ${got}`,
		);
		expect(results.unfinished).toEqual([]);
	});

	test('of the source come after the results of the items before them', async () => {
		async function* source(): AsyncGenerator<number> {
			yield 1;
			yield 2;
			throw new Error('source');
		}
		const seen: unknown[] = [];
		const work = async (): Promise<void> => {
			for await (const item of createQueue().map(source(), async (value) => {
				await macrotask();
				return value;
			}))
				seen.push(item);
		};
		await expect(work()).rejects.toThrow('source');
		expect(seen).toEqual([1, 2]);
	});

	test.each([
		['a source', (queue: ReturnType<typeof createQueue>) => queue.map(7 as never, (item) => item), 'source'],
		['a function', (queue: ReturnType<typeof createQueue>) => queue.map([], 7 as never), 'fn'],
		...(
			[
				['concurrency', 0],
				['ordered', 'yes'],
				['priority', 'high'],
				['signal', {}],
			] as const
		).map(
			([option, value]) =>
				[
					option,
					(queue: ReturnType<typeof createQueue>) => queue.map([], (item) => item, {[option]: value}),
					option,
				] as const,
		),
	] as const)('a bad argument, %s, is named at once', (_name, map, option) => {
		expect(() => map(createQueue())).toThrow(option);
	});
});

describe('an abort', () => {
	/** Maps four items, the first of which is done, the second under way and the third waits. */
	async function begin(): Promise<{
		queue: ReturnType<typeof createQueue>;
		set: ReturnType<ReturnType<typeof createQueue>['taskSet']>;
		own: AbortController;
		results: MapIterator<number, number>;
		source: HandSource;
	}> {
		const queue = createQueue({concurrency: 1});
		const set = queue.taskSet('set');
		const own = new AbortController();
		const source = new HandSource();
		const results = set.map(
			source,
			async (item, {signal}) => {
				if (item > 1) await new Promise((_resolve, reject) => signal.addEventListener('abort', reject));
				return item;
			},
			{signal: own.signal},
		);
		const first = results.next();
		for (const item of [1, 2, 3]) {
			await macrotask();
			source.give(item);
		}
		await first;
		await macrotask();
		return {queue, set, own, results, source};
	}
	type Begun = Awaited<ReturnType<typeof begin>>;

	const ways: Readonly<Record<string, (begun: Begun) => unknown>> = {
		'by the signal option': ({own}) => own.abort('over'),
		'of the set': ({set}) => set.abort('over'),
		'of the queue': ({queue}) => queue.stop('over'),
	};
	test.each(Object.entries(ways))(
		'%s: the loop throws the reason, the source closes, no item is lost',
		async (_name, abort) => {
			const begun = await begin();
			const {results, source, queue, own} = begun;
			const late = source.asked[0];
			await abort(begun);
			await expect(results.next()).rejects.toBe('over');
			expect(source.log).toEqual(['return']);
			expect(results.unfinished).toEqual([2, 3]);
			late?.resolve({done: false, value: 4});
			await macrotask();
			expect(results.unfinished).toEqual([2, 3, 4]);
			expect(await results.next()).toEqual({done: true, value: undefined});
			expect(queue.progress).toMatchObject({waiting: 0, running: 0, parked: 0});
			expect(leftOn(own.signal)).toEqual(nothing);
		},
	);

	test('while paused loses no item that the pause holds back', async () => {
		const queue = createQueue();
		const own = new PausableController();
		const source = new HandSource();
		const results = queue.map(source, (item) => item, {signal: own.signal});
		const next = results.next();
		await macrotask();
		own.pause();
		source.give(1);
		await macrotask();
		own.abort('over');
		await expect(next).rejects.toBe('over');
		expect(results.unfinished).toEqual([1]);
	});

	const fillings = {
		'as many as allowed are under way': [[1, 2, 3], 1],
		'the source has come to its end': [[1], 16],
	} as const;
	test.each(Object.entries(fillings))('while %s', async (_name, [items, concurrency]) => {
		const own = new AbortController();
		const end = new Deferred<void>();
		const results = createQueue().map(items, () => end.promise, {concurrency, signal: own.signal});
		const first = watched(results.next());
		await macrotask();
		own.abort('over');
		await macrotask();
		expect(first).toEqual({state: 'rejected', reason: 'over'});
		expect(results.unfinished).toEqual([1]);
		end.resolve();
	});

	test('while a result is untaken does not deliver it, and loses no item', async () => {
		const own = new AbortController();
		const results = createQueue().map([1, 2], (item) => item, {signal: own.signal});
		await results.next();
		await macrotask();
		own.abort('over');
		await expect(results.next()).rejects.toBe('over');
		expect(results.unfinished).toEqual([2]);
	});

	test('before the first next() ends the loop', async () => {
		const source = new HandSource();
		const results = createQueue().map(source, (item) => item, {signal: AbortSignal.abort('over')});
		await expect(results.next()).rejects.toBe('over');
		expect(source.asked).toHaveLength(0);
	});

	test('during a shutdown: the queue refuses the next item, which is not lost', async () => {
		const {queue, results, source} = await begin();
		void queue.shutdown().catch(() => {});
		source.give(4);
		const left = watched(results.return());
		await macrotask();
		expect({left: left.state, unfinished: results.unfinished}).toEqual({
			left: 'resolved',
			unfinished: [2, 3, 4],
		});
	});
});

test('map() leaves nothing on the signals after the end', async () => {
	const queue = createQueue();
	const own = new PausableController();
	await collect(queue.map([1, 2, 3], (item) => item, {signal: own.signal}));
	expect([leftOn(own.signal), leftOn(queue.signal).children]).toEqual([nothing, 0]);
});
