import {CountedListeners, isCallback, type Listening} from './counted-listeners.ts';
import {need, unneed} from './links.ts';
import {newsOf, unwatch, watch} from './news.ts';
import type {Listeners, PauseNode} from './node.ts';
import {ownNode} from './stamp.ts';

/** The events that report a change of a signal's state. */
const types = ['abort', 'pause', 'resume'] as const;

type SignalEventType = (typeof types)[number];

function isSignalEvent(type: string): type is SignalEventType {
	return types.includes(type as SignalEventType);
}

/** The value of `onabort` or the like. An object that cannot be called stays set and does nothing, as on the platform. */
class Handler implements EventListenerObject {
	value: object;

	constructor(value: object) {
		this.value = value;
	}

	handleEvent(event: Event): void {
		if (typeof this.value === 'function') Reflect.apply(this.value, event.currentTarget, [event]);
	}
}

/** The listeners of one signal, counted: from the first one on, the tree keeps the node and tells it of changes. */
export class Audience extends CountedListeners implements Listeners {
	readonly #node: PauseNode;
	readonly #handlers = new Map<SignalEventType, Handler>();

	constructor(node: PauseNode) {
		super((type) => this.#usageChanged(type));
		this.#node = node;
	}

	#usageChanged(type: string): void {
		const isHeard = this.has(type);
		(isHeard ? need : unneed)(this.#node);
		if (type !== 'abort') (isHeard ? watch : unwatch)(this.#node);
	}

	override add(...added: Parameters<CountedListeners['add']>): Listening | undefined {
		const [, type, listener, options] = added;
		return isSignalEvent(type) ? super.add(...added) : {listener, options};
	}

	/** Fires the event if it has a listener. */
	dispatch(type: 'pause' | 'resume'): void {
		if (this.has(type)) this.#node.signal?.dispatchEvent(new Event(type));
	}

	handler(type: SignalEventType): object | null {
		return this.#handlers.get(type)?.value ?? null;
	}

	/** An event handler attribute, such as `onabort`: keeps its place among the listeners while set. */
	setHandler(type: SignalEventType, signal: AbortSignal, value: unknown): void {
		const current = this.#handlers.get(type);
		const isSet = isCallback(value);
		if (isSet && current !== undefined) {
			current.value = value;
		} else if (isSet) {
			const handler = new Handler(value);
			this.#handlers.set(type, handler);
			signal.addEventListener(type, handler);
		} else if (current !== undefined) {
			this.#handlers.delete(type);
			signal.removeEventListener(type, current);
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

/** Gives a prototype the event handler attributes: `onabort` and the like. */
export function defineHandlers(prototype: object): void {
	for (const type of types)
		Object.defineProperty(prototype, `on${type}`, {
			get(this: object): unknown {
				return audienceOf(ownNode(this))?.handler(type) ?? null;
			},
			set(this: AbortSignal, value: unknown): void {
				audienceAt(ownNode(this)).setHandler(type, this, value);
			},
			configurable: true,
		});
}
