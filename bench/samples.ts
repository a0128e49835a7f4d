import {setImmediate} from 'node:timers/promises';
import type {Contestant} from './contest.ts';

/** Nanoseconds since `start`, a `performance.now()`. */
export function nsSince(start: number): number {
	return (performance.now() - start) * 1e6;
}

const calls = 10;

/**
 * Costs of a turn of `loop`, which does so many of them. It is called several times for a sample: a
 * function that is called often is compiled as a whole, one that only loops may not be.
 *
 * Each contestant comes with a loop of its own: one loop that calls whatever it is given would have
 * the compiler see many targets at the call, and be measured itself.
 */
export function looped(name: string, turns: number, loop: (turns: number) => unknown): Contestant {
	return {
		name,
		async sample() {
			const start = performance.now();
			for (let call = 0; call < calls; call++) await loop(turns);
			return nsSince(start) / calls / turns;
		},
	};
}

/**
 * As {@link looped}, with turns of the event loop between the calls that do not count.
 *
 * The engine keeps whatever a WeakRef was made for until the turn ends, so a single long loop would
 * measure how it copies garbage that no program has.
 */
export function batched(name: string, turns: number, loop: (turns: number) => unknown): Contestant {
	return {
		name,
		async sample() {
			let ns = 0;
			for (let call = 0; call < calls; call++) {
				const start = performance.now();
				await loop(turns);
				ns += nsSince(start);
				await setImmediate();
			}
			return ns / calls / turns;
		},
	};
}

/** Bytes of heap for each of `count` things that `fill` makes, as long as what it returns is kept. */
export function weighed(name: string, count: number, fill: (count: number) => unknown): Contestant {
	return {
		name,
		async sample() {
			const before = await heapUsed();
			const made = fill(count);
			const after = await heapUsed();
			if (made === undefined) throw new TypeError('nothing was kept');
			return (after - before) / count;
		},
	};
}

async function heapUsed(): Promise<number> {
	// Twice, with a turn in between: what weak references held for this turn goes the second time.
	globalThis.gc?.();
	await setImmediate();
	globalThis.gc?.();
	return process.memoryUsage().heapUsed;
}

const kept: unknown[] = [];
let turn = 0;

/** Keeps a value for a while: what nobody can see, the compiler may leave out. */
export function sink(value: unknown): void {
	kept[turn++ & 63] = value;
}
