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
 * the signal stops the clock, unless `{clock: 'wall'}` is given; then it aborts during a pause, too.
 * An abort of the signal aborts it with the same reason and clears the timer. Like the platform's
 * `AbortSignal.timeout` it keeps no process alive, and it goes once nobody uses it any more.
 *
 * It is called, not awaited: no checkpoint, and an abort loses nothing.
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
	// Once it has stopped, what is kept to cancel the clock must not keep the signal.
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
