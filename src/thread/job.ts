/**
 * One run of a thread's function under a signal, as seen from outside.
 *
 * Invariants:
 *
 * 1. `result` settles once: with the answer of the thread, with an error of the worker, or at its exit.
 *    If the worker serves only this run, `result` settles when the worker has exited.
 * 2. The grace runs from the abort on, whoever aborted; if no answer has come by its end, the job
 *    terminates the worker.
 * 3. Afterwards nothing of the run is left on the signal, and no timer runs.
 */
import {follow, type PausableSignal, reasonOf, Timer} from '../core/index.ts';
import {isRestMessage} from './channel.ts';
import {ThreadExitError} from './errors.ts';
import type {Host, HostUser} from './host.ts';
import {type AnswerMessage, isAnswer, type ProgressMessage, type RunMessage} from './messages.ts';
import {Sender} from './sender.ts';
import {decode} from './wire.ts';

export interface JobOptions {
	readonly signal: PausableSignal;
	readonly name: string | undefined;
	/** Whether the worker serves only this run. */
	readonly isLast: boolean;
	/** Milliseconds from the abort to the termination. */
	readonly grace: number;
	/** Whether it keeps the process alive while it is paused. */
	readonly keepAlive: boolean;
	report(progress: unknown): void;
	/** The function's `data`, unless it is already in the port. */
	readonly data?: unknown;
	readonly transfer?: readonly object[] | undefined;
}

export class Job implements HostUser {
	readonly result: Promise<unknown>;
	/** Resolves if the worker was terminated and does not end. */
	readonly whenStuck: Promise<void>;
	/** Whether the worker was terminated before the function had ended. */
	isTerminated = false;
	readonly #host: Host;
	readonly #options: JobOptions;
	readonly #sender: Sender;
	readonly #unfollow: () => void;
	#grace: number;
	#abortedAt: number | undefined;
	#timer: Timer | undefined;
	#answer: AnswerMessage | undefined;
	#failure: {readonly error: unknown} | undefined;
	#settle!: (outcome: {readonly value: unknown} | {readonly error: unknown}) => void;
	#noteStuck!: () => void;

	/** Starts the run. Throws when its data cannot be cloned. */
	constructor(host: Host, options: JobOptions) {
		this.#host = host;
		this.#options = options;
		this.#grace = options.grace;
		this.result = new Promise((resolve, reject) => {
			this.#settle = (outcome) => ('value' in outcome ? resolve(outcome.value) : reject(outcome.error));
		});
		this.whenStuck = new Promise((resolve) => {
			this.#noteStuck = resolve;
		});
		host.user = this;
		const {signal, keepAlive} = options;
		this.#sender = new Sender(host.channel, signal);
		this.#unfollow = follow(signal, {
			pause: () => host.keepAlive(keepAlive),
			resume: () => host.keepAlive(true),
			abort: () => this.#aborted(),
		});
		host.keepAlive(keepAlive || !signal.paused);
		this.#post();
	}

	#post(): void {
		const {name, isLast, data, transfer = []} = this.#options;
		const given = data === undefined ? {} : {data};
		const message: RunMessage = {run: this.#sender.first(), name, isLast, ...given};
		try {
			this.#host.channel.port.postMessage(message, transfer as Transferable[]);
		} catch (error) {
			this.#leave();
			throw error;
		}
	}

	/** Milliseconds from the abort; a new value counts from the abort, too. */
	set grace(grace: number) {
		this.#grace = grace;
		if (this.#abortedAt !== undefined) this.#armGrace();
	}

	#aborted(): void {
		this.#host.keepAlive(true);
		this.#abortedAt = performance.now();
		this.#armGrace();
	}

	#armGrace(): void {
		this.#timer?.cancel();
		if (this.#answer !== undefined || this.isTerminated) return;
		const left = this.#abortedAt! + this.#grace - performance.now();
		this.#timer = new Timer(() => this.#terminate(), Math.max(0, left));
	}

	#terminate(): void {
		this.isTerminated = true;
		this.#host.terminate();
	}

	answered(message: object): void {
		if (isRestMessage(message)) this.#sender.noteAnswer(message);
		else if (isAnswer(message)) this.#ended(message);
		else this.#options.report((message as ProgressMessage).progress);
	}

	#ended(answer: AnswerMessage): void {
		this.#answer = answer;
		this.isTerminated = false;
		this.#leave();
		if (this.#options.isLast) this.#host.end();
		else this.#finish();
	}

	failed(error: unknown): void {
		this.#failure ??= {error};
	}

	exited(code: number): void {
		this.#leave();
		this.#finish(code);
	}

	stuck(): void {
		this.#noteStuck();
	}

	#leave(): void {
		this.#timer?.cancel();
		this.#unfollow();
		this.#sender.end();
	}

	// The end of a run is the first of these: an error of the worker, the answer of the function, termination, exit.
	#finish(code = 0): void {
		const {signal, name} = this.#options;
		if (this.#failure !== undefined) this.#settle(this.#failure);
		else if (this.#answer !== undefined) this.#settle(outcomeOf(this.#answer, signal));
		else if (this.isTerminated) this.#settle({error: reasonOf(signal)});
		else this.#settle({error: new ThreadExitError(name ?? 'unnamed', code)});
	}
}

function outcomeOf(
	answer: AnswerMessage,
	signal: PausableSignal,
): {readonly value: unknown} | {readonly error: unknown} {
	return 'returned' in answer ? {value: decode(answer.returned)} : {error: decode(answer.threw, signal)};
}
