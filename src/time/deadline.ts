import {
	createAbortable,
	expectMilliseconds,
	expectSignal,
	follow,
	type PausableSignal,
	Timer,
	timeoutError,
} from '../core/index.ts';
import {type ClockOptions, expectClock} from './clock.ts';
import {Countdown} from './countdown.ts';

/**
 * A child of `signal` that aborts with a `TimeoutError` after `ms` milliseconds of active time.
 *
 * Use it to limit a request or a step: `fetch(url, {signal: deadline(signal, 5_000)})`. A pause of
 * the signal stops the clock, unless `{clock: 'wall'}` is given; then it aborts during a pause, too.
 * An abort of the signal aborts it with the same reason and clears the timer. Like the platform's
 * `AbortSignal.timeout` it keeps no process alive, and it goes once nobody uses it any more.
 *
 * Throws a `TypeError` or `RangeError` on a bad argument.
 *
 * @example
 * ```ts
 * import {deadline, PausableController} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * const limited = deadline(controller.signal, 5_000);
 * controller.pause();
 * limited.paused; // => true
 * controller.abort('stopped first');
 * limited.reason; // => 'stopped first'
 * ```
 */
export function deadline(signal: AbortSignal, ms: number, options?: ClockOptions): PausableSignal {
	expectSignal('signal', signal);
	expectMilliseconds('ms', ms);
	const clock = expectClock(options);
	let cancel: (() => void) | undefined;
	const limited = createAbortable([signal], () => cancel?.());
	if (!signal.aborted) cancel = startClock(signal, ms, clock, limited.abort);
	return limited.signal;
}

function startClock(
	signal: AbortSignal,
	ms: number,
	clock: 'active' | 'wall',
	abort: (reason: unknown) => void,
): () => void {
	const end = (): void => abort(timeoutError());
	if (clock === 'active') {
		const countdown = new Countdown(signal, ms, {end}, false);
		return () => countdown.cancel();
	}
	const timer = new Timer(end, ms, false);
	const unfollow = follow(signal, {abort: () => timer.cancel()});
	return () => {
		timer.cancel();
		unfollow();
	};
}
