import {
	type Callback,
	follow,
	isAbortSignal,
	isCallback,
	isCapture,
	removedFirst,
	type TypedTarget,
} from '../core/index.ts';

type Options = boolean | AddEventListenerOptions | undefined;

interface Entry {
	/** The function that the platform has. */
	readonly listener: Callback;
	unfollow: (() => void) | undefined;
}

/**
 * Counts the listeners of an EventTarget, which the platform does not reveal: the queue makes an event
 * only if somebody listens, and keeps a set that has listeners.
 */
export class Listeners {
	readonly #byType = new Map<string, Map<Callback, Entry>>();
	/** The types that have listeners. A set, because each task looks here several times. */
	readonly #heard = new Set<string>();
	readonly #changed: (type: string) => void;

	/** `changed`: called when a type gets its first listener, and when it loses its last. */
	constructor(changed: (type: string) => void) {
		this.#changed = changed;
	}

	get isEmpty(): boolean {
		return this.#heard.size === 0;
	}

	has(type: string): boolean {
		return this.#heard.has(type);
	}

	/** Counts a listener. Returns the function to give to the platform instead. */
	add(type: string, callback: Callback | null, options: Options): Callback | null {
		const {once = false, signal} = typeof options === 'object' && options !== null ? options : {};
		if (!isCallback(callback) || (isAbortSignal(signal) && signal.aborted)) return callback;
		const key = keyOf(type, isCapture(options));
		const known = this.#byType.get(key)?.get(callback);
		if (known !== undefined) return known.listener;
		const remove = (): void => void this.#remove(type, key, callback);
		const listener = once ? removedFirst(callback, remove) : callback;
		const unfollow = isAbortSignal(signal) ? follow(signal, {abort: remove}) : undefined;
		this.#entriesOf(type, key).set(callback, {listener, unfollow});
		return listener;
	}

	/** Returns the function that the platform has instead of the listener. */
	remove(type: string, callback: Callback | null, options: Options): Callback | null {
		if (callback === null) return null;
		return this.#remove(type, keyOf(type, isCapture(options)), callback)?.listener ?? callback;
	}

	#entriesOf(type: string, key: string): Map<Callback, Entry> {
		let entries = this.#byType.get(key);
		if (entries === undefined) {
			this.#byType.set(key, (entries = new Map()));
			this.#heard.add(type);
			this.#changed(type);
		}
		return entries;
	}

	#drop(type: string, key: string): void {
		this.#byType.delete(key);
		const isHeard = [false, true].some((capture) => this.#byType.has(keyOf(type, capture)));
		if (!isHeard) this.#heard.delete(type);
		this.#changed(type);
	}

	#remove(type: string, key: string, callback: Callback): Entry | undefined {
		const entries = this.#byType.get(key);
		const entry = entries?.get(callback);
		if (entries === undefined || entry === undefined) return undefined;
		entry.unfollow?.();
		entries.delete(callback);
		if (entries.size === 0) this.#drop(type, key);
		return entry;
	}
}

class Counted extends EventTarget {
	readonly #listeners: Listeners;

	constructor(listeners: Listeners) {
		super();
		this.#listeners = listeners;
	}

	override addEventListener(type: string, listener: Callback | null, options?: Options): void {
		super.addEventListener(type, this.#listeners.add(type, listener, options), options);
	}

	override removeEventListener(type: string, listener: Callback | null, options?: Options): void {
		super.removeEventListener(type, this.#listeners.remove(type, listener, options), options);
	}
}

/** An `EventTarget` whose events have types, and whose listeners are counted. */
export const CountedTarget = Counted as new <Events>(listeners: Listeners) => TypedTarget<Events>;

function keyOf(type: string, capture: boolean): string {
	return `${type} ${capture}`;
}
