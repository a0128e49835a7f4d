import {whenDropped} from './dropped.ts';
import {followAbort} from './follow-abort.ts';
import {need, unneed} from './links.ts';
import {type Callback, isCallback, isCapture, removedFirst} from './listener.ts';
import {newsOf, unwatch, watch} from './news.ts';
import type {Listeners, PauseNode} from './node.ts';
import {isAbortSignal} from './validate.ts';

/** The events that report a change of a signal's state. */
export type SignalEventType = 'abort' | 'pause' | 'resume';

interface Entry {
	readonly type: SignalEventType;
	readonly callback: EventListenerOrEventListenerObject;
	readonly capture: boolean;
	/** The function that we gave to the platform instead. */
	readonly listener: EventListenerOrEventListenerObject;
	unfollow: (() => void) | undefined;
}

/** A listener in the form for the platform. */
export interface Listening {
	readonly listener: Callback;
	readonly options: boolean | AddEventListenerOptions | undefined;
}

function isSignalEvent(type: string): type is SignalEventType {
	return type === 'abort' || type === 'pause' || type === 'resume';
}

// Node adds its own listeners, which must keep nothing alive, and marks them with an object under its
// own symbol in the options. If Node keeps a listener weakly, we must not keep it strongly.
function isWeak(options: unknown): boolean {
	if (typeof options !== 'object' || options === null) return false;
	return Object.getOwnPropertySymbols(options).some(
		(key) => typeof (options as Record<symbol, unknown>)[key] === 'object',
	);
}

/**
 * The listeners of one signal, counted.
 *
 * The platform keeps and calls them, but does not reveal them. The tree must know: a signal with
 * listeners must not be collected, and pausing must cost nothing without listeners.
 */
export class Audience implements Listeners {
	readonly #node: PauseNode;
	readonly #entries = new Map<string, Map<unknown, Entry>>();
	readonly #handlers = new Map<SignalEventType, {value: object; listener: EventListener}>();

	constructor(node: PauseNode) {
		this.#node = node;
	}

	/**
	 * Counts a listener, and returns it in the form for the platform; undefined if there is nothing to
	 * add. We follow a `signal` in the options ourselves: the platform would add one listener to it for
	 * each, and keep this signal alive.
	 */
	add(type: string, callback: unknown, options: unknown): Listening | undefined {
		const plain = {listener: callback as EventListener, options: options as Listening['options']};
		if (!isSignalEvent(type) || !isCallback(callback) || isWeak(options)) return plain;
		const settings = typeof options === 'object' && options !== null ? options : {};
		const {once = false, signal, passive} = settings as AddEventListenerOptions;
		if (signal !== undefined && !isAbortSignal(signal)) return plain;
		if (signal?.aborted === true) return undefined;
		const capture = isCapture(options);
		const entries = this.#entriesOf(type, capture);
		if (entries.has(callback)) return undefined;
		if (this.#node.aborted) return plain;
		const remove = (): void => void this.remove(type, callback, capture);
		const listener = once ? removedFirst(callback, remove) : callback;
		const entry: Entry = {type, callback, capture, listener, unfollow: undefined};
		entries.set(callback, entry);
		need(this.#node);
		if (type !== 'abort') watch(this.#node);
		if (signal === undefined) return {listener, options: plain.options};
		this.#removeWith(signal, entry);
		return {
			listener,
			// Own symbols are Node's; named options may be inherited.
			options: {
				...settings,
				capture,
				once: Boolean(once),
				passive: Boolean(passive),
				signal: undefined,
			} as object,
		};
	}

	/** The number of listeners. */
	get size(): number {
		return [...this.#entries.values()].reduce((count, entries) => count + entries.size, 0);
	}

	#entriesOf(type: string, capture: boolean): Map<unknown, Entry> {
		const key = `${type} ${capture}`;
		let entries = this.#entries.get(key);
		if (entries === undefined) this.#entries.set(key, (entries = new Map()));
		return entries;
	}

	// Weakly, because the signal that can remove a listener must not keep the target alive.
	#removeWith(signal: AbortSignal, entry: Entry): void {
		const node = new WeakRef(this.#node);
		const ref = new WeakRef(entry);
		entry.unfollow = followAbort(signal, () => {
			const dropped = ref.deref();
			if (dropped === undefined) return;
			const {type, callback, capture} = dropped;
			node.deref()?.signal?.removeEventListener(type, callback, capture);
		});
		whenDropped(entry, entry.unfollow);
	}

	/** Stops counting a listener; returns the function that we gave to the platform instead. */
	remove(type: string, callback: unknown, options: unknown): unknown {
		const entries = this.#entriesOf(type, isCapture(options));
		const entry = entries.get(callback);
		if (entry === undefined) return callback;
		entries.delete(callback);
		entry.unfollow?.();
		unneed(this.#node);
		if (type !== 'abort') unwatch(this.#node);
		return entry.listener;
	}

	/** Fires the event if it has a listener. */
	dispatch(type: 'pause' | 'resume'): void {
		if (this.#entriesOf(type, false).size + this.#entriesOf(type, true).size === 0) return;
		this.#node.signal?.dispatchEvent(new Event(type));
	}

	/** To be called after an abort, when no more events come: stops following the signals that could remove listeners. */
	close(): void {
		for (const entries of this.#entries.values()) for (const entry of entries.values()) entry.unfollow?.();
	}

	handler(type: SignalEventType): object | null {
		return this.#handlers.get(type)?.value ?? null;
	}

	/** An event handler attribute, such as `onabort`: keeps its place among the listeners while set. */
	setHandler(type: SignalEventType, signal: AbortSignal, value: unknown): void {
		const current = this.#handlers.get(type);
		// An object that cannot be called stays set and does nothing, as on the platform.
		if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) {
			if (current === undefined) return;
			this.#handlers.delete(type);
			signal.removeEventListener(type, current.listener);
		} else if (current !== undefined) {
			current.value = value;
		} else {
			const handler = {
				value,
				listener: (event: Event): void => {
					if (typeof handler.value === 'function') Reflect.apply(handler.value, signal, [event]);
				},
			};
			this.#handlers.set(type, handler);
			signal.addEventListener(type, handler.listener);
		}
	}
}

/** The listeners of a signal, counted from now on. */
export function audienceAt(node: PauseNode): Audience {
	return (newsOf(node).audience ??= new Audience(node)) as Audience;
}

/** The listeners of a signal, if it ever had one. */
export function audienceOf(node: PauseNode): Audience | undefined {
	return (node.news?.audience ?? undefined) as Audience | undefined;
}

export type Handler = ((this: AbortSignal, event: Event) => unknown) | null;

/** The value of `onabort` and the like. */
export function handlerOf(node: PauseNode, type: SignalEventType): Handler {
	return (audienceOf(node)?.handler(type) ?? null) as Handler;
}
