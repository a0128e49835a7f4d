import type {TypedTarget} from '../core/index.ts';
/** Where a transfer stands. The last three are final. */
export type TransferPhase =
	| 'running'
	| 'held'
	| 'dropped'
	| 'reconnecting'
	| 'completed'
	| 'failed'
	| 'stopped';

/** The data to continue later, in another process too: plain JSON. Missing values are `null`. */
export interface TransferState {
	/** The url of the request. */
	readonly url: string;
	/** Position in the resource at which to continue. */
	readonly offset: number;
	/** Length of the whole resource. */
	readonly total: number | null;
	readonly etag: string | null;
	/** The date, if it is certain enough to tell versions apart. */
	readonly lastModified: string | null;
}

/** The events of a {@link Transfer}. */
export interface TransferEventMap {
	statechange: Event;
	progress: Event;
}

/**
 * The progress of a response's body; from `transferOf(response)`.
 *
 * Fires `statechange` and `progress`, each at most once a tick; read `state` and `offset` then.
 */
export interface Transfer extends TypedTarget<TransferEventMap> {
	/**
	 * Where it stands: `running`; `held` by a pause with its connection open; `dropped` by a longer
	 * pause, its connection closed; `reconnecting`; and at the end `completed`, `failed`, or `stopped`
	 * by an abort or a cancel.
	 */
	readonly state: TransferPhase;
	/** Position in the resource of the next byte for the reader. */
	readonly offset: number;
	/** Length of the whole resource, when known. */
	readonly total: number | undefined;
	/** Whether it can be resumed after its connection was lost or closed. */
	readonly resumable: boolean;
	/** Connections opened after the first. */
	readonly reconnects: number;
	/** The `from` with which `pausableFetch(url, {from})` continues at `offset`. */
	toJSON(): TransferState;
}

/** The facts that a {@link TransferView} shows. */
export interface TransferFacts {
	readonly phase: TransferPhase;
	readonly offset: number;
	readonly total: number | undefined;
	readonly resumable: boolean;
	readonly reconnects: number;
	toState(): TransferState;
}

export class TransferView extends EventTarget implements Transfer {
	readonly #facts: TransferFacts;
	#hasListeners = false;
	#isScheduled = false;
	#toldState: TransferPhase = 'running';
	#toldOffset = 0;

	constructor(facts: TransferFacts) {
		super();
		this.#facts = facts;
	}

	get state(): TransferPhase {
		return this.#facts.phase;
	}

	get offset(): number {
		return this.#facts.offset;
	}

	get total(): number | undefined {
		return this.#facts.total;
	}

	get resumable(): boolean {
		return this.#facts.resumable;
	}

	get reconnects(): number {
		return this.#facts.reconnects;
	}

	toJSON(): TransferState {
		return this.#facts.toState();
	}

	// Events cost something for each chunk, so there are none until somebody listens.
	override addEventListener(
		type: string,
		listener: EventListenerOrEventListenerObject | null,
		options?: boolean | AddEventListenerOptions,
	): void {
		if (!this.#hasListeners) {
			this.#hasListeners = true;
			this.#toldState = this.state;
			this.#toldOffset = this.offset;
		}
		super.addEventListener(type, listener, options);
	}

	/** Call it after the facts have changed: it fires the events, once in this tick. */
	changed(): void {
		if (!this.#hasListeners || this.#isScheduled) return;
		this.#isScheduled = true;
		void Promise.resolve().then(() => this.#tell());
	}

	#tell(): void {
		this.#isScheduled = false;
		const {state, offset} = this;
		const isProgress = offset !== this.#toldOffset;
		const isOtherState = state !== this.#toldState;
		this.#toldOffset = offset;
		this.#toldState = state;
		if (isProgress) this.dispatchEvent(new Event('progress'));
		if (isOtherState) this.dispatchEvent(new Event('statechange'));
	}
}
