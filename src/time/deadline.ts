import {
	createAbortable,
	expectMilliseconds,
	expectSignal,
	follow,
	type PausableSignal,
	Timer,
	timeoutError,
} from '../core/index.ts';
import {type Clock, type ClockOptions, expectClock} from './clock.ts';
import {Countdown, type CountdownListener} from './countdown.ts';

/**
 * A child of `signal` that aborts with a `TimeoutError` after `ms` milliseconds of active time.
 *
 * Use it to limit a request or a step: `fetch(url, {signal: deadline(signal, 5_000)})`. A pause of
 * `signal` stops its clock; with `{clock: 'wall'}` the clock runs on, and it can abort during a pause.
 * An abort of `signal` aborts it with the same reason and clears the timer. Like the platform's
 * `AbortSignal.timeout` it keeps no process alive, and it can be collected once nobody uses it.
 *
 * It returns at once: it is no checkpoint, and an abort loses nothing.
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
	const {signal: limited, abort} = createAbortable([signal], () => cancel?.());
	// After the end, the function that cancels the clock must not keep the signal alive.
	const stopped = (): void => {
		cancel = undefined;
	};
	const end = (): void => {
		stopped();
		abort(timeoutError());
	};
	if (!signal.aborted) cancel = startClock(signal, ms, clock, {end, abort: stopped});
	return limited;
}

function startClock(
	signal: AbortSignal,
	ms: number,
	clock: Clock,
	listener: Required<CountdownListener>,
): () => void {
	if (clock === 'active') {
		const countdown = new Countdown(signal, ms, listener, false);
		return () => countdown.cancel();
	}
	const timer = new Timer(
		() => {
			unfollow();
			listener.end();
		},
		ms,
		false,
	);
	const unfollow = follow(signal, {
		abort(reason) {
			timer.cancel();
			listener.abort(reason);
		},
	});
	return () => {
		timer.cancel();
		unfollow();
	};
}
