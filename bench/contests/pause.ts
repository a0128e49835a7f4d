import * as Effect from 'effect/Effect';
import * as Latch from 'effect/Latch';
import {CPromise} from 'c-promise2';
import PQueue from 'p-queue';
import {PausableController} from 'pausable-signal';
import type {Contest, Contestant} from '../contest.ts';
import {nsSince} from '../samples.ts';

const calls = 50;

/** Costs of `pause()` alone, with a `resume()` that does not count after each. */
function paused(name: string, pause: () => unknown, resume: () => unknown): Contestant {
	return {
		name,
		sample() {
			let ns = 0;
			for (let call = 0; call < calls; call++) {
				const start = performance.now();
				pause();
				ns += nsSince(start);
				resume();
			}
			return ns / calls;
		},
	};
}

const forever = (): Promise<never> => new Promise(() => {});

/** The children wait all the time, on holds of their own: only the parent's pause is measured. */
export function pauseChildren(count: number): Contest {
	const parent = new PausableController();
	const children = Array.from({length: count}, () => new PausableController(parent));
	for (const child of children) {
		child.pause();
		void child.signal.gate.wait();
	}
	const latch = Latch.makeUnsafe(true);
	const queue = new PQueue({concurrency: 1});
	void queue.add(forever);
	for (let i = 0; i < count; i++) void queue.add(forever);
	return {
		what: `pausing ${count.toLocaleString('en')} waiting children`,
		unit: 'ns',
		isHeavy: count > 10_000,
		ours: paused(
			'pause',
			() => parent.pause(),
			() => parent.resume(),
		),
		limit: 20_000,
		peers: [
			paused(
				'Effect: closing a Latch',
				() => latch.closeUnsafe(),
				() => latch.openUnsafe(),
			),
			paused(
				'p-queue: `pause()`, as many jobs',
				() => queue.pause(),
				() => queue.start(),
			),
			...(count > 1_000 ? [] : [pausedPromises(count)]),
		],
	};
}

function pausedPromises(count: number): Contestant {
	const all = CPromise.all(Array.from({length: count}, () => new CPromise(() => {})));
	return paused(
		'c-promise2: `all().pause()`',
		() => all.pause(),
		() => all.resume(),
	);
}

/** Costs for each of `count` workers, from the call that lets them go on until all have done so. */
function resumed(
	name: string,
	count: number,
	rounds: number,
	start: () => Promise<unknown>,
	resume: () => void,
): Contestant {
	return {
		name,
		async sample() {
			let ns = 0;
			for (let round = 0; round < rounds; round++) {
				const gone = start();
				// Those who wait arrive in jobs of their own.
				await new Promise(setImmediate);
				const from = performance.now();
				resume();
				await gone;
				ns += nsSince(from);
			}
			return ns / rounds / count;
		},
	};
}

/** Calls `arrive` when it was called `count` times itself. */
function countdown(count: number, arrive: () => void): () => void {
	let left = count;
	return () => {
		if (--left === 0) arrive();
	};
}

export function resumeChildren(count: number): Contest {
	const rounds = Math.max(1, 1_000 / count);
	const parent = new PausableController();
	const children = Array.from({length: count}, () => new PausableController(parent));
	const latch = Latch.makeUnsafe(false);
	const queue = new PQueue();
	let resolvers: (() => void)[] = [];
	return {
		what: `resuming ${count.toLocaleString('en')} waiting children, each`,
		unit: 'ns',
		isHeavy: count > 10_000,
		limit: 1_500,
		ours: resumed(
			'resume',
			count,
			rounds,
			() => {
				parent.pause();
				return new Promise<void>((resolve) => {
					const arrive = countdown(count, resolve);
					for (const {signal} of children) void signal.gate.wait().then(arrive);
				});
			},
			() => parent.resume(),
		),
		peers: [
			resumed(
				'bare promises in an array',
				count,
				rounds,
				() =>
					new Promise<void>((resolve) => {
						const arrive = countdown(count, resolve);
						for (let i = 0; i < count; i++)
							void new Promise<void>((open) => resolvers.push(open)).then(arrive);
					}),
				() => {
					for (const open of resolvers) open();
					resolvers = [];
				},
			),
			resumed(
				'Effect: opening a Latch',
				count,
				rounds,
				() => {
					latch.closeUnsafe();
					return new Promise<void>((resolve) => {
						const arrive = countdown(count, resolve);
						const worker = Effect.map(latch.await, arrive);
						for (let i = 0; i < count; i++) Effect.runFork(worker);
					});
				},
				() => latch.openUnsafe(),
			),
			resumed(
				'p-queue: `start()`, as many jobs',
				count,
				rounds,
				() => {
					queue.pause();
					return new Promise<void>((resolve) => {
						const arrive = countdown(count, resolve);
						for (let i = 0; i < count; i++) void queue.add(arrive);
					});
				},
				() => queue.start(),
			),
		],
	};
}
