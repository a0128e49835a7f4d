/** A function for the events of one type, or an object with one. */
type Listener<This, Of> = ((this: This, event: Of) => unknown) | {handleEvent(event: Of): unknown} | null;

/** An `EventTarget` whose events have types: `Events` maps their names to them. */
export interface TypedTarget<Events> extends EventTarget {
	/** Works as on every `EventTarget`. */
	addEventListener<Type extends keyof Events>(
		type: Type,
		listener: Listener<this, Events[Type]>,
		options?: boolean | AddEventListenerOptions,
	): void;
	addEventListener(
		type: string,
		listener: EventListenerOrEventListenerObject | null,
		options?: boolean | AddEventListenerOptions,
	): void;
	/** Works as on every `EventTarget`. */
	removeEventListener<Type extends keyof Events>(
		type: Type,
		listener: Listener<this, Events[Type]>,
		options?: boolean | EventListenerOptions,
	): void;
	removeEventListener(
		type: string,
		listener: EventListenerOrEventListenerObject | null,
		options?: boolean | EventListenerOptions,
	): void;
}

/** The platform's class, to be extended: only its types are ours. */
export const TypedTarget = EventTarget as new <Events>() => TypedTarget<Events>;
