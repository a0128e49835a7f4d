import type {EventTargetLike} from 'abort-controller-x';
import {
	expectOptions,
	expectSignal,
	isPaused,
	noteCheckpoint,
	PausableSignal,
	reasonOf,
	restWhilePaused,
	wrongType,
} from '../core/index.ts';
import {execute} from './execute.ts';

/**
 * Waits for the next event of that name.
 *
 * Use it for a single event, of an `EventTarget`, a Node `EventEmitter` or anything with `on` and
 * `off`. It keeps listening while paused, and delivers an event from that time on resume.
 *
 * It is a checkpoint. An abort loses an event that was kept during a pause. It does not listen
 * between two calls, and misses the events of that time.
 *
 * Resolves with the event, or with an array of the arguments when the listener gets several.
 * Rejects with the signal's reason on abort, and with a `TypeError` on a bad argument. It leaves
 * nothing on the target.
 *
 * @example
 * ```ts
 * import {PausableController, waitForEvent} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * const target = new EventTarget();
 * const opened = waitForEvent<Event>(controller.signal, target, 'open');
 * target.dispatchEvent(new Event('open'));
 * (await opened).type; // => 'open'
 * ```
 */
export async function waitForEvent<T>(
	signal: AbortSignal,
	target: EventTargetLike<T>,
	eventName: string | symbol,
	options?: EventTargetLike.EventListenerOptions,
): Promise<T> {
	expectSignal('signal', signal);
	const source = expectTarget(target);
	expectEventName(eventName);
	if (typeof options !== 'boolean') expectOptions('options', options, '{capture}');
	if (signal.aborted) throw reasonOf(signal);
	noteCheckpoint(signal);
	const moveOn = restWhilePaused(signal);
	let event: T;
	try {
		event = await nextEvent<T>(signal, source, eventName, options);
	} finally {
		moveOn();
	}
	if (isPaused(signal)) await PausableSignal.from(signal).checkpoint();
	return event;
}

// Not abort-controller-x's: it adds a listener to the signal for each call and does not keep every
// reason; and it answers with a promise, so an abort right after the event would win.
function nextEvent<T>(
	signal: AbortSignal,
	{target, add, remove}: EventSource,
	eventName: string | symbol,
	options: EventTargetLike.EventListenerOptions | undefined,
): Promise<T> {
	return execute<T>(signal, (resolve, reject) => {
		const extra = add === 'addEventListener' ? [options] : [];
		let isHeard = false;
		const stop = (): void => target[remove]?.(eventName, listener, ...extra);
		const listener = (...values: readonly unknown[]): void => {
			isHeard = true;
			try {
				stop();
			} catch (error) {
				reject(error);
			}
			resolve((values.length > 1 ? values : values[0]) as T);
		};
		target[add]?.(eventName, listener, ...extra);
		// Some targets call a listener before they have added it.
		if (isHeard) stop();
		return stop;
	});
}

type Method = (
	eventName: string | symbol,
	listener: (...values: readonly unknown[]) => void,
	options?: EventTargetLike.EventListenerOptions,
) => void;

interface EventSource {
	readonly target: Readonly<Record<string, Method>>;
	readonly add: string;
	readonly remove: string;
}

const pairs = [
	['addEventListener', 'removeEventListener'],
	['on', 'off'],
	['addListener', 'removeListener'],
] as const;

function expectTarget(value: unknown): EventSource {
	const target = value as EventSource['target'] | null | undefined;
	for (const [add, remove] of pairs) {
		if (typeof target?.[add] === 'function' && typeof target[remove] === 'function')
			return {target, add, remove};
	}
	throw wrongType('target', 'an EventTarget or an event emitter', value);
}

function expectEventName(name: unknown): void {
	if (typeof name !== 'string' && typeof name !== 'symbol')
		throw wrongType('eventName', 'a string or a symbol', name);
}
