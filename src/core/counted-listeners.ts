import {whenDropped} from './dropped.ts';
import {followAbort} from './follow-abort.ts';
import {isAbortSignal} from './validate.ts';

export type Callback = EventListenerOrEventListenerObject;

type Options = boolean | AddEventListenerOptions | undefined;

/** A listener in the form for the platform. */
export interface Listening {
	readonly listener: Callback | null;
	readonly options: Options;
}

interface Entry {
	/** The function that we gave to the platform instead. */
	readonly listener: Callback;
	readonly remove: () => void;
	unfollow: (() => void) | undefined;
}

type Entries = Map<unknown, Entry>;

export function isCallback(callback: unknown): callback is Callback {
	return typeof callback === 'function' || (typeof callback === 'object' && callback !== null);
}

/** The options as the platform reads them. */
function settingsOf(options: Options): AddEventListenerOptions {
	return typeof options === 'object' && options !== null ? options : {capture: Boolean(options)};
}

function isCapture(options: Options): boolean {
	return Boolean(settingsOf(options).capture);
}

// Node adds its own listeners, which must keep nothing alive, and marks them with an object under its
// own symbol in the options. If Node keeps a listener weakly, we must not keep it strongly.
function isWeak(settings: object): boolean {
	const isObject = (key: symbol): boolean => typeof (settings as Record<symbol, unknown>)[key] === 'object';
	return Object.getOwnPropertySymbols(settings).some(isObject);
}

/**
 * A listener that is called once: it is removed before its call, and not when the event is fired. It
 * stays registered when an earlier listener stops the propagation.
 */
function removedFirst(callback: Callback, remove: () => void): EventListener {
	return function (this: unknown, event) {
		remove();
		if (typeof callback === 'function') Reflect.apply(callback, this, [event]);
		else callback.handleEvent?.(event);
	};
}

/**
 * Counts the listeners of an `EventTarget`, which the platform keeps and calls, but does not reveal: an
 * event without a listener must cost nothing, and a target with one must not be collected.
 */
export class CountedListeners {
	/** Those of each type that has some: first the ones that do not capture. */
	readonly #byType = new Map<string, readonly [Entries, Entries]>();
	readonly #changed: (type: string) => void;
	#isClosed = false;

	/** `changed`: called when a type gets its first listener, and when it loses its last. */
	constructor(changed: (type: string) => void) {
		this.#changed = changed;
	}

	get isEmpty(): boolean {
		return this.#byType.size === 0;
	}

	/** The number of listeners. */
	get size(): number {
		return this.#all.reduce((count, entries) => count + entries.size, 0);
	}

	has(type: string): boolean {
		return this.#byType.has(type);
	}

	get #all(): Entries[] {
		return [...this.#byType.values()].flat();
	}

	/**
	 * Counts a listener, and returns it in the form for the platform; undefined if there is nothing to
	 * add. We follow a `signal` in the options ourselves: the platform would add one listener to it for
	 * each.
	 */
	add(target: EventTarget, type: string, callback: Callback | null, options: Options): Listening | undefined {
		const settings = settingsOf(options);
		const {once = false, passive = false, signal} = settings;
		const isRefused = signal !== undefined && !isAbortSignal(signal);
		if (!isCallback(callback) || isWeak(settings) || isRefused) return {listener: callback, options};
		const capture = isCapture(options);
		const sides = this.#byType.get(type) ?? [new Map(), new Map()];
		const entries = sides[capture ? 1 : 0];
		if (signal?.aborted === true || entries.has(callback)) return undefined;
		const remove = (): void => target.removeEventListener(type, callback, {capture});
		const listener = once ? removedFirst(callback, remove) : callback;
		const entry: Entry = {listener, remove, unfollow: undefined};
		entries.set(callback, entry);
		if (!this.has(type)) {
			this.#byType.set(type, sides);
			this.#changed(type);
		}
		if (signal !== undefined && !this.#isClosed) this.#removeWith(signal, entry);
		// Own symbols are Node's; named options may be inherited.
		return {listener, options: {...settings, capture, once, passive, signal: undefined} as object};
	}

	// Weakly, because the signal that can remove a listener must not keep the target alive.
	#removeWith(signal: AbortSignal, entry: Entry): void {
		const weak = new WeakRef(entry);
		entry.unfollow = followAbort(signal, () => weak.deref()?.remove());
		whenDropped(entry, entry.unfollow);
	}

	/** Stops counting a listener, and returns it in the form for the platform. */
	remove(type: string, callback: Callback | null, options: Options): Listening {
		const capture = isCapture(options);
		const sides = this.#byType.get(type);
		const entry = sides?.[capture ? 1 : 0].get(callback);
		if (sides !== undefined && entry !== undefined) {
			sides[capture ? 1 : 0].delete(callback);
			entry.unfollow?.();
			if (sides[0].size + sides[1].size === 0) {
				this.#byType.delete(type);
				this.#changed(type);
			}
		}
		// Node before 26 ignores a plain true.
		return {listener: entry?.listener ?? callback, options: {capture}};
	}

	/** To be called when no more events come: follows no signal any more that could remove a listener. */
	close(): void {
		this.#isClosed = true;
		for (const entries of this.#all) for (const entry of entries.values()) entry.unfollow?.();
	}
}
