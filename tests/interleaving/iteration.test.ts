// Iterations with pausable(), paused, resumed and aborted at every moment.
import {describe} from '@jest/globals';
import {Readable} from 'node:stream';
import {delay, pausable, type PausableSource} from 'pausable-signal';
import {useFakeTime} from '../flow/fake-time.ts';
import {control, type Scenario, testEveryMoment} from './kit.ts';

useFakeTime();

/** A source of 1, 2, 3 that counts what is done to it. */
interface Source {
	readonly items: PausableSource<number>;
	/** How often it came to its end, by itself or by being closed. */
	readonly ends: () => number;
}

type Open = () => Source;

const sources: Readonly<Record<string, Open>> = {
	'a generator'() {
		let ends = 0;
		function* items(): Generator<number> {
			try {
				yield* [1, 2, 3];
			} finally {
				ends++;
			}
		}
		return {items: items(), ends: () => ends};
	},
	'an async generator that takes its time'() {
		let ends = 0;
		async function* items(): AsyncGenerator<number> {
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

/** Reads all of it, and does one step for each item. */
function readAll(open: Open): Scenario {
	return {
		value: '1,2,3',
		steps: 3,
		start(step) {
			const {items, ends} = open();
			const subject = control(async (signal) => {
				const seen: number[] = [];
				for await (const item of pausable(signal, items)) {
					step();
					if (item !== seen.length + 1) throw new Error(`${item} comes after ${String(seen)}`);
					seen.push(item);
				}
				return seen.join();
			});
			return {...subject, complaint: (isOver) => complain(ends(), isOver)};
		},
		// Those of the source, which no pause stops.
		wall: true,
	};
}

/** Leaves after the second item. */
function leave(open: Open): Scenario {
	return {
		value: '1,2',
		steps: 2,
		start(step) {
			const {items, ends} = open();
			const subject = control(async (signal) => {
				const seen: number[] = [];
				for await (const item of pausable(signal, items)) {
					step();
					seen.push(item);
					if (item === 2) break;
					await delay(signal, 1);
				}
				return seen.join();
			});
			return {...subject, complaint: (isOver) => complain(ends(), isOver)};
		},
		wall: true,
	};
}

function complain(ends: number, isOver: boolean): string | undefined {
	if (ends > 1) return 'the source was ended twice';
	if (isOver && ends === 0) return 'the source was left open';
	return undefined;
}

describe.each(Object.entries(sources))('%s', (_name, open) => {
	describe('read to its end', () => testEveryMoment(readAll(open)));
	describe('left early', () => testEveryMoment(leave(open)));
});
