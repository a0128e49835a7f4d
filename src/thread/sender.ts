/**
 * The sending side of a followed signal: it has the signal.
 *
 * Invariants:
 *
 * 1. For each change of the state or of the holds it sends one message with the next version and then,
 *    in this order, stores the shared word once. It sends nothing twice, and nothing after `end()`.
 * 2. The work on the other side counts as at rest only after it has answered `isParked` to the newest
 *    version here. A change undoes that before the other side knows of the change.
 * 3. No other work uses this signal: two threads under one signal have a child of it each, so that
 *    the work stands still when both do.
 */
import {follow, type HoldInfo, noteRest, type PausableSignal, reasonOf} from '../core/index.ts';
import type {Channel, RestMessage, StateMessage} from './channel.ts';
import {SignalLostError} from './errors.ts';
import {encode} from './wire.ts';
import {aborted, nextVersion, open, paused, type State, storeWord, writeReason} from './words.ts';

export class Sender {
	readonly #signal: PausableSignal;
	readonly #channel: Channel;
	readonly #unfollow: () => void;
	#hasEnded = false;
	#sentState: State = open;
	#sentHolds: readonly HoldInfo[] = [];
	#moveOn: (() => void) | undefined;

	/** Sends nothing before the first change: `first()` returns the state until then. */
	constructor(channel: Channel, signal: PausableSignal) {
		this.#channel = channel;
		this.#signal = signal;
		const look = (): void => this.#look();
		this.#unfollow = follow(signal, {pause: look, resume: look, abort: look, holds: look});
	}

	/** The present state, in a new version, for the message that passes the signal on. */
	first(): StateMessage {
		const message = this.#nextMessage();
		this.#store(message);
		return message;
	}

	#look(): void {
		const signal = this.#signal;
		const holds = signal.holds;
		const isSame = stateOf(signal) === this.#sentState && isSameList(holds, this.#sentHolds);
		if (isSame) return;
		this.#moveOn?.();
		this.#moveOn = undefined;
		const message = this.#nextMessage();
		this.#channel.port.postMessage(message);
		this.#store(message);
	}

	#nextMessage(): StateMessage {
		const signal = this.#signal;
		const version = (this.#channel.version = nextVersion(this.#channel.version));
		const state = (this.#sentState = stateOf(signal));
		this.#sentHolds = signal.holds;
		if (state === aborted) return {version, state, reason: encode(reasonOf(signal))};
		const holds = this.#sentHolds.map(({reason, since}) => ({reason: encode(reason), since}));
		return {version, state, holds};
	}

	#store({version, state, reason}: StateMessage): void {
		const {words} = this.#channel;
		if (words === null) return;
		if (reason !== undefined) writeReason(words, reason);
		storeWord(words, version, state);
	}

	/** Takes an answer of the other side. */
	noteAnswer({version, isParked}: RestMessage): void {
		if (version !== this.#channel.version || this.#sentState !== paused) return;
		if (isParked) this.#moveOn ??= noteRest(this.#signal);
		else {
			this.#moveOn?.();
			this.#moveOn = undefined;
		}
	}

	/** Gives up a receiver that may still work, blocked or not. */
	lose(): void {
		this.end();
		const version = (this.#channel.version = nextVersion(this.#channel.version));
		const reason = encode(new SignalLostError());
		this.#channel.port.postMessage({version, state: aborted, reason, isLost: true});
		this.#store({version, state: aborted, reason});
	}

	/** Ends the sending, and leaves nothing on the signal. */
	end(): void {
		if (this.#hasEnded) return;
		this.#hasEnded = true;
		this.#unfollow();
		this.#moveOn?.();
		this.#moveOn = undefined;
	}
}

function stateOf(signal: PausableSignal): State {
	if (signal.aborted) return aborted;
	return signal.paused ? paused : open;
}

function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
	return one.length === other.length && one.every((item, index) => item === other[index]);
}
