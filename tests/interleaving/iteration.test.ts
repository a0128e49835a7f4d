// Iterations with pausable(), paused, resumed and aborted at every point.
import {Readable} from 'node:stream';
import {delay, pausable, type PausableSource} from 'pausable-signal';
import type {SweepContext} from 'pausable-signal/testing';
import {type Scenario, testEveryPoint} from './kit.ts';

/** A source of 1, 2, 3 that counts what is done to it. */
interface Source {
	readonly items: PausableSource<number>;
	/** How often it came to its end, by itself or by being closed. */
	readonly ends: () => number;
}

type Open = () => Source;

const sources: Readonly<Record<string, Open>> = {
	'a generator'() {
		// A generator that was never begun is over when it is closed, and runs nothing.
		let ends = 1;
		function* items(): Generator<number> {
			ends = 0;
			try {
				yield* [1, 2, 3];
			} finally {
				ends++;
			}
		}
		return {items: items(), ends: () => ends};
	},
	'an async generator that takes its time'() {
		let ends = 1;
		async function* items(): AsyncGenerator<number> {
			ends = 0;
			try {
				for (const item of [1, 2, 3]) {
					await Promise.resolve();
					yield item;
				}
			} finally {
				ends++;
			}
		}
		return {items: items(), ends: () => ends};
	},
	'an iterator whose items come by timers'() {
		let isOver = false;
		let sent = 0;
		let timer: ReturnType<typeof setTimeout> | undefined;
		const iterator: AsyncIterator<number> = {
			async next() {
				await new Promise((resolve) => (timer = setTimeout(resolve, 5)));
				if (sent < 3) return {done: false, value: ++sent};
				isOver = true;
				return {done: true, value: undefined};
			},
			async return() {
				clearTimeout(timer);
				isOver = true;
				return {done: true, value: undefined};
			},
		};
		return {items: {[Symbol.asyncIterator]: () => iterator}, ends: () => Number(isOver)};
	},
	'a ReadableStream'() {
		let ends = 0;
		let sent = 0;
		const items = new ReadableStream<number>(
			{
				pull(stream) {
					if (sent < 3) return stream.enqueue(++sent);
					ends++;
					return stream.close();
				},
				cancel: () => void ends++,
			},
			{highWaterMark: 0},
		);
		return {items, ends: () => ends};
	},
	'a Readable'() {
		let sent = 0;
		const items = new Readable({
			objectMode: true,
			highWaterMark: 1,
			read() {
				this.push(sent < 3 ? ++sent : null);
			},
		});
		return {items, ends: () => Number(items.destroyed)};
	},
};

/** A source that must be ended once, however the iteration was interrupted. */
function opened(open: Open, {check}: SweepContext): PausableSource<number> {
	const {items, ends} = open();
	check(() => {
		if (ends() !== 1) throw new Error(`the source was ended ${ends()} times`);
	});
	return items;
}

/** Reads all of it, and does one step for each item. */
const readAll = (open: Open): Scenario => ({
	value: '1,2,3',
	steps: 3,
	async run(signal, step, context) {
		const seen: number[] = [];
		for await (const item of pausable(signal, opened(open, context))) {
			step();
			if (item !== seen.length + 1) throw new Error(`${item} comes after ${String(seen)}`);
			seen.push(item);
		}
		return seen.join();
	},
});

/** Leaves after the second item. */
const leave = (open: Open): Scenario => ({
	value: '1,2',
	steps: 2,
	async run(signal, step, context) {
		const seen: number[] = [];
		for await (const item of pausable(signal, opened(open, context))) {
			step();
			seen.push(item);
			if (item === 2) break;
			await delay(signal, 1);
		}
		return seen.join();
	},
});

for (const [name, open] of Object.entries(sources)) {
	testEveryPoint(`${name} that is read to its end`, readAll(open));
	testEveryPoint(`${name} that is left early`, leave(open));
}
