import * as Effect from 'effect/Effect';
import * as Latch from 'effect/Latch';
import {Gate, PausableController} from 'pausable-signal';
import type {Contest} from '../contest.ts';
import {looped} from '../samples.ts';

const crowd = 1_000;

/** What any gate of promises has to do: keep a resolver, call it. */
class BareGate {
	readonly #waiters: Set<() => void> = new Set();

	wait(): Promise<void> {
		return new Promise((resolve) => this.#waiters.add(resolve));
	}

	open(): void {
		for (const resolve of this.#waiters) resolve();
		this.#waiters.clear();
	}
}

/** One after the other: pause, wait, resume. */
export function parkOne(): Contest {
	const controller = new PausableController();
	const {signal} = controller;
	const bare = new BareGate();
	const latch = Latch.makeUnsafe(false);
	return {
		what: 'pause, one waiter, resume',
		unit: 'ns',
		ours: looped('wait', crowd, async (n) => {
			for (let i = 0; i < n; i++) {
				controller.pause();
				const waiting = signal.gate.wait();
				controller.resume();
				await waiting;
			}
		}),
		peers: [
			looped('a bare promise in a Set', crowd, async (n) => {
				for (let i = 0; i < n; i++) {
					const waiting = bare.wait();
					bare.open();
					await waiting;
				}
			}),
			looped('Effect: Latch', crowd, async (n) => {
				for (let i = 0; i < n; i++) {
					latch.closeUnsafe();
					const waiting = Effect.runPromise(latch.await);
					latch.openUnsafe();
					await waiting;
				}
			}),
		],
	};
}

/** Many on one signal, released together. */
export function parkMany(): Contest {
	const controller = new PausableController();
	const {signal} = controller;
	const gate = new Gate(false);
	const bare = new BareGate();
	const latch = Latch.makeUnsafe(false);
	return {
		what: 'a waiter, 1,000 on one signal: park and continue',
		unit: 'ns',
		ours: looped('wait', crowd, async (n) => {
			controller.pause();
			const waiting = Array.from({length: n}, () => signal.gate.wait());
			controller.resume();
			await Promise.all(waiting);
		}),
		peers: [
			looped('Gate (of this library)', crowd, async (n) => {
				const waiting = Array.from({length: n}, () => gate.wait());
				gate.release();
				await Promise.all(waiting);
			}),
			looped('a bare promise in a Set', crowd, async (n) => {
				const waiting = Array.from({length: n}, () => bare.wait());
				bare.open();
				await Promise.all(waiting);
			}),
			looped('Effect: Latch', crowd, async (n) => {
				latch.closeUnsafe();
				const waiting = Array.from({length: n}, () => Effect.runPromise(latch.await));
				latch.openUnsafe();
				await Promise.all(waiting);
			}),
		],
	};
}

const minute = 60_000;

/** A wait with a time limit that is not reached: the timer is set and cleared. */
export function timedWait(): Contest {
	const controller = new PausableController();
	const {signal} = controller;
	return {
		what: 'the same with `{timeout}`',
		unit: 'ns',
		ours: looped('wait', crowd, async (n) => {
			controller.pause();
			const waiting = Array.from({length: n}, () => signal.gate.wait({timeout: minute}));
			controller.resume();
			await Promise.all(waiting);
		}),
		peers: [
			looped('a bare promise and `setTimeout`', crowd, async (n) => {
				const timers: {timer: NodeJS.Timeout; resolve(isOpen: boolean): void}[] = [];
				const waiting = Array.from(
					{length: n},
					() =>
						new Promise<boolean>((resolve) => {
							timers.push({timer: setTimeout(() => resolve(false), minute), resolve});
						}),
				);
				for (const {timer, resolve} of timers) {
					clearTimeout(timer);
					resolve(true);
				}
				await Promise.all(waiting);
			}),
		],
	};
}
