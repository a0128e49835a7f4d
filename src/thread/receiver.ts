/**
 * The receiving side of a followed signal: it makes a signal, and keeps it in the sender's state.
 *
 * Invariants:
 *
 * 1. It takes messages in order, from events and from looks at the port, and drops a message that is
 *    not newer than the known state.
 * 2. A caller who asks for the state gets the newest one: if the shared word has another version than
 *    the known one, it first looks at the port.
 * 3. It answers once for each version and state of the work. It says `isParked` only of a paused
 *    version, while every branch of the work stands still or the thread is about to block.
 */
import {createRemote, gatherWork, type RemoteSignal, type WorkGroup} from '../core/index.ts';
import {type Channel, isStateMessage, type RestMessage, type StateMessage} from './channel.ts';
import {listenTo, takeMessages} from './platform.ts';
import {adoptAsThreadSignal, type ThreadSignal} from './thread-signal.ts';
import {decode} from './wire.ts';
import {aborted, isNewer, paused, readReason, stateOf, versionOf} from './words.ts';

export class Receiver {
	readonly signal: ThreadSignal;
	readonly #channel: Channel;
	readonly #remote: RemoteSignal;
	readonly #work: WorkGroup;
	readonly #onLost: () => void;
	#isGuessed = false;
	#answer: RestMessage | undefined;
	#hasEnded = false;

	/** `onLost`: called when the sender gives the signal up. */
	constructor(channel: Channel, first: StateMessage, name?: string, onLost: () => void = () => {}) {
		this.#channel = channel;
		this.#onLost = onLost;
		const isByMessages = channel.words === null;
		this.#remote = createRemote(() => this.look(), name, isByMessages ? createTurns() : undefined);
		this.signal = adoptAsThreadSignal(this.#remote.signal, {
			words: channel.words,
			block: () => this.#block(),
		});
		this.#work = gatherWork(this.signal, () => this.#answerRest());
		channel.version = first.version;
		this.#apply(first);
	}

	/** Takes a message from the sender. */
	take(message: StateMessage): void {
		const isDetail = this.#isGuessed && message.version === this.#channel.version;
		if (this.#hasEnded || !(isDetail || isNewer(message.version, this.#channel.version))) return;
		this.#isGuessed = false;
		this.#channel.version = message.version;
		this.#apply(message);
	}

	#apply({state, holds = [], reason, isLost}: StateMessage): void {
		if (isLost === true) return this.#onLost();
		if (state === aborted) return this.abort(reason && decode(reason));
		this.#remote.setHolds(holds.map((hold) => Object.freeze({...hold, reason: decode(hold.reason)})));
		if (state === paused) this.#work.changed();
	}

	/** Aborts the signal, because the sender's aborted, or the sender is gone. */
	abort(reason: unknown): void {
		this.#remote.abort(reason);
	}

	/** Takes the sender's changes that are not known yet. */
	look(): void {
		const {words, port, version} = this.#channel;
		if (words === null || this.#hasEnded) return;
		const word = Atomics.load(words, 0);
		if (versionOf(word) === version) return;
		for (const message of takeMessages(port))
			if (isStateMessage(message as object)) this.take(message as StateMessage);
		this.#guess(words, word);
	}

	// If no message can be taken, the word gives the state, and the message brings the rest later.
	#guess(words: Int32Array, word: number): void {
		const version = versionOf(word);
		if (!isNewer(version, this.#channel.version)) return;
		const state = stateOf(word);
		this.#channel.version = version;
		this.#isGuessed = true;
		const unknown = {reason: {value: undefined}, since: Date.now()};
		const reason = state === aborted ? (readReason(words) ?? longReason) : undefined;
		this.#apply({version, state, holds: state === paused ? [unknown] : [], ...(reason && {reason})});
	}

	#block(): void {
		const {signal} = this;
		const words = this.#channel.words!;
		for (;;) {
			const word = Atomics.load(words, 0);
			this.look();
			signal.throwIfAborted();
			if (!signal.paused) return;
			this.#say(true);
			if (!isSoonAnother(words, word)) Atomics.wait(words, 0, word);
		}
	}

	#answerRest(): void {
		if (this.#hasEnded || !this.signal.paused) return;
		const {version} = this.#channel;
		if (this.#work.areParked) this.#say(true);
		else if (this.#answer?.version === version && this.#answer.isParked) this.#say(false);
	}

	#say(isParked: boolean): void {
		const {port, version} = this.#channel;
		if (this.#answer?.version === version && this.#answer.isParked === isParked) return;
		this.#answer = {version, isParked};
		port.postMessage(this.#answer);
	}

	/** To be called at the end of the work: the signal stays as it is. */
	end(): void {
		this.#hasEnded = true;
		this.#work.close();
	}
}

/** How long a thread that parks watches the word before it sleeps, in milliseconds. */
const looksOnFor = 0.05;

// The kernel takes longer to put a thread to sleep and to wake it than a short pause lasts.
function isSoonAnother(words: Int32Array, word: number): boolean {
	const end = performance.now() + looksOnFor;
	do if (Atomics.load(words, 0) !== word) return true;
	while (performance.now() < end);
	return false;
}

/** How long a loop that passes open gates may keep messages waiting, in milliseconds. */
const turnEvery = 5;

// Without shared memory, a loop that only passes open gates would never receive a message.
function createTurns(): () => Promise<void> | undefined {
	let last = performance.now();
	return () => {
		if (performance.now() - last < turnEvery) return undefined;
		return takeTurn().then(() => {
			last = performance.now();
		});
	};
}

// A message, because browsers delay a nested setTimeout by 4 ms.
function takeTurn(): Promise<void> {
	return new Promise((resolve) => {
		const {port1, port2} = new MessageChannel();
		const stop = listenTo(port1, () => {
			stop();
			port1.close();
			resolve();
		});
		port2.postMessage(undefined);
	});
}

const longReason = {
	error: {
		type: 'DOMException',
		name: 'AbortError',
		message: 'The operation was aborted, for a reason too long for a blocked thread to read',
		stack: undefined,
		fields: {},
	},
};
