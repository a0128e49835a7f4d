import {follow} from './follow.ts';
import {need, type PauseNode, unneed, unwatch, watch} from './tree.ts';

/** The events that tell of a signal's state. */
export type SignalEventType = 'abort' | 'pause' | 'resume';

interface Entry {
	readonly once: boolean;
	readonly unfollow: (() => void) | undefined;
}

function isSignalEvent(type: string): type is SignalEventType {
	return type === 'abort' || type === 'pause' || type === 'resume';
}

function isCapture(options: unknown): boolean {
	if (typeof options !== 'object' || options === null) return Boolean(options);
	return 'capture' in options && Boolean(options.capture);
}

// Node adds listeners of its own that must keep nothing alive; it marks them with an object under
// a symbol of its own among the options. What it keeps weakly we must not keep strongly.
function isWeak(options: unknown): boolean {
	if (typeof options !== 'object' || options === null) return false;
	return Object.getOwnPropertySymbols(options).some(
		(key) => typeof (options as Record<symbol, unknown>)[key] === 'object',
	);
}

/**
 * The listeners of one signal, counted.
 *
 * The platform keeps and calls them, but does not tell who listens. The tree has to know: a signal
 * with listeners must not be collected, and pausing must cost nothing where nobody listens.
 */
export class Audience {
	readonly #node: PauseNode;
	readonly #entries = new Map<string, Map<unknown, Entry>>();
	readonly #handlers = new Map<SignalEventType, {value: Function; listener: EventListener}>();

	constructor(node: PauseNode) {
		this.#node = node;
	}

	add(type: string, callback: unknown, options: unknown): void {
		if (!isSignalEvent(type) || callback == null || isWeak(options)) return;
		const {once = false, signal} =
			typeof options === 'object' && options !== null ? (options as AddEventListenerOptions) : {};
		const key = `${type} ${isCapture(options)}`;
		let entries = this.#entries.get(key);
		if (entries === undefined) this.#entries.set(key, (entries = new Map()));
		if (entries.has(callback) || signal?.aborted === true || this.#node.aborted) return;
		const unfollow = signal && follow(signal, {abort: () => this.remove(type, callback, options)});
		entries.set(callback, {once: Boolean(once), unfollow});
		need(this.#node);
		if (type !== 'abort') watch(this.#node);
	}

	remove(type: string, callback: unknown, options: unknown): void {
		const entries = this.#entries.get(`${type} ${isCapture(options)}`);
		const entry = entries?.get(callback);
		if (entries === undefined || entry === undefined) return;
		entries.delete(callback);
		entry.unfollow?.();
		unneed(this.#node);
		if (type !== 'abort') unwatch(this.#node);
	}

	/** Fires the event, where somebody listens for it. */
	dispatch(type: 'pause' | 'resume'): void {
		const signal = this.#node.controller?.signal;
		const keys = [true, false].map((capture) => ({
			capture,
			entries: this.#entries.get(`${type} ${capture}`),
		}));
		if (signal === undefined || keys.every(({entries}) => !entries?.size)) return;
		const once = keys.flatMap(({capture, entries}) =>
			[...(entries ?? [])].filter(([, entry]) => entry.once).map(([callback]) => ({callback, capture})),
		);
		for (const {callback, capture} of once) this.remove(type, callback, capture);
		signal.dispatchEvent(new Event(type));
	}

	/** The aborted signal tells nothing more: lets go of the signals that could remove listeners. */
	close(): void {
		for (const entries of this.#entries.values()) {
			for (const entry of entries.values()) entry.unfollow?.();
			entries.clear();
		}
	}

	handler(type: SignalEventType): Function | null {
		return this.#handlers.get(type)?.value ?? null;
	}

	/** An event handler attribute, as `onabort`: keeps its place among the listeners while set. */
	setHandler(type: SignalEventType, signal: AbortSignal, value: unknown): void {
		const current = this.#handlers.get(type);
		if (typeof value !== 'function') {
			if (current === undefined) return;
			this.#handlers.delete(type);
			signal.removeEventListener(type, current.listener);
		} else if (current !== undefined) {
			current.value = value;
		} else {
			const handler = {
				value,
				listener: (event: Event): void => void Reflect.apply(handler.value, signal, [event]),
			};
			this.#handlers.set(type, handler);
			signal.addEventListener(type, handler.listener);
		}
	}
}
