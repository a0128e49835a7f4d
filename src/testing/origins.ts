import {builtin} from '../core/index.ts';
import {framesOfUser} from './place.ts';

interface EventsModule {
	getEventListeners?(target: object, type: string): unknown[];
}

interface Origin {
	readonly type: string;
	readonly listener: unknown;
	readonly place: string;
}

/** The listeners of a type on a target; undefined if the host does not show them. */
export function listenersOn(target: object, type: string): readonly unknown[] | undefined {
	const {getEventListeners} = (builtin('node:events') ?? {}) as EventsModule;
	try {
		return getEventListeners?.(target, type);
	} catch {
		// Somebody else's signal, which Node does not accept as an EventTarget.
		return undefined;
	}
}

/** Records where in the user's code listeners are added to a signal, from now on. */
export class Origins {
	readonly #signal: AbortSignal;
	readonly #added: Origin[] = [];

	constructor(signal: AbortSignal) {
		this.#signal = signal;
		const add = signal.addEventListener;
		const added = this.#added;
		signal.addEventListener = function (this: AbortSignal, ...args: Parameters<typeof add>) {
			const [place] = framesOfUser(new Error('place').stack);
			if (place !== undefined) added.push({type: args[0], listener: args[1], place});
			add.apply(this, args);
		} as typeof add;
	}

	/** The types and the places of the listeners that are still on the signal. */
	get left(): string[] {
		return this.#added
			.filter(({type, listener}) => listenersOn(this.#signal, type)?.includes(listener))
			.map(({type, place}) => `${type} listener added at ${place}`);
	}
}
