import type {Callback, CountedListeners, TypedTarget} from '../core/index.ts';

class Counted extends EventTarget {
	readonly #listeners: CountedListeners;

	constructor(listeners: CountedListeners) {
		super();
		this.#listeners = listeners;
	}

	override addEventListener(
		type: string,
		callback: Callback | null,
		options?: boolean | AddEventListenerOptions,
	): void {
		const listening = this.#listeners.add(this, type, callback, options);
		if (listening !== undefined) super.addEventListener(type, listening.listener, listening.options);
	}

	override removeEventListener(
		type: string,
		callback: Callback | null,
		options?: boolean | EventListenerOptions,
	): void {
		const removed = this.#listeners.remove(type, callback, options);
		super.removeEventListener(type, removed.listener, removed.options);
	}
}

/** An `EventTarget` whose events have types, and whose listeners are counted. */
export const CountedTarget = Counted as new <Events>(listeners: CountedListeners) => TypedTarget<Events>;
