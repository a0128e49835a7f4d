/**
 * An object that has a signal, something on it, and aborts it, is collected with all it has.
 *
 * The platform's reason for an abort remembers, in its stack, the object whose method aborted. So
 * whatever the library keeps until something is collected must not lead to the reason: that would be
 * a ring, and nothing of it would ever go.
 */
import {expect, test} from '@jest/globals';
import {
	deadline,
	delay,
	forever,
	interval,
	pausable,
	PausableController,
	PausableSignal,
	retry,
	run,
	shield,
	stopwatch,
	Task,
} from 'pausable-signal';
import {countCollected} from '../core/support.ts';
import {leftOn} from '../flow/kit.ts';

class Job {
	readonly controller = new PausableController();
	readonly part: unknown;

	constructor(make: (signal: PausableSignal) => unknown) {
		this.part = make(this.controller.signal);
	}

	stop(): void {
		this.controller.abort();
	}
}

const hour = 3_600_000;
const ignore = (): void => {};

const parts: readonly (readonly [string, (signal: PausableSignal) => unknown])[] = [
	['nothing', ignore],
	['a child', (signal) => new PausableController({signal})],
	['any()', (signal) => PausableSignal.any([signal, new AbortController().signal])],
	[
		'what listens until the abort',
		(signal) => {
			const other = new PausableController();
			other.signal.addEventListener('pause', () => {}, {signal});
			return other;
		},
	],
	['a stopwatch', stopwatch],
	['a deadline', (signal) => deadline(signal, hour)],
	['a deadline by the wall clock', (signal) => deadline(signal, hour, {clock: 'wall'})],
	[
		'an interval',
		(signal) => {
			const ticks = interval(signal, hour)[Symbol.asyncIterator]();
			ticks.next().catch(ignore);
			return ticks;
		},
	],
	['a delay', (signal) => delay(signal, hour).catch(ignore)],
	[
		'a back-off',
		(signal) =>
			retry(signal, () => Promise.reject(new Error('no')), {baseMs: hour, maxDelayMs: hour}).catch(ignore),
	],
	['a shield', (signal) => shield(signal, forever, {abort: false}).catch(ignore)],
	[
		'an iteration',
		(signal) => {
			const items = pausable(signal, [1, 2, 3]);
			items.next().catch(ignore);
			return items;
		},
	],
	['a task', (signal) => Task.start((context) => forever(context.signal), {signal})],
	['a run', (signal) => run(() => forever(signal))],
];

test.each(parts)('one that has %s', async (_name, make) => {
	const collected = await countCollected(100, () => {
		const job = new Job(make);
		job.stop();
		return job;
	});
	expect(collected).toBeGreaterThan(90);
});

test('an interval that was left', async () => {
	const {signal} = new PausableController();
	const collected = await countCollected(100, () => {
		const ticks = interval(signal, hour)[Symbol.asyncIterator]();
		void ticks.next();
		void ticks.return?.();
		return ticks;
	});
	expect(collected).toBeGreaterThan(90);
	expect(signal.aborted).toBe(false);
});

test('a deadline by the wall clock that has passed leaves nothing on its signal', async () => {
	const controller = new PausableController();
	const limited = deadline(controller.signal, 0, {clock: 'wall'});
	const alive = setInterval(ignore, 1_000);
	await forever(limited).catch(ignore);
	clearInterval(alive);
	expect(leftOn(controller.signal)).toMatchObject({listeners: 0, followers: 0, needs: 0});
	expect(limited.reason).toMatchObject({name: 'TimeoutError'});
});
