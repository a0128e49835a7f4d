import {
	delayResume,
	type WorkGroup,
	detach,
	gatherWork,
	PausableController,
	type PausableSignal,
} from '../core/index.ts';
import {Countdown} from '../time/index.ts';
import {createContext, type JobContext} from './context.ts';

/** The job whose function runs. */
export interface BodyHost {
	readonly id: string;
	/** The signals that its own stands under. */
	readonly signalsAbove: AbortSignal | readonly AbortSignal[];
	readonly set: unknown;
	/** All of it has come to rest, or some of it moves again. */
	look(): void;
	reported(): void;
}

/** What a running function has: its signal, its clock, and what it reported last. */
export class Body {
	readonly startTime: number = Date.now();
	progress: unknown = undefined;
	readonly #host: BodyHost;
	#abort: {readonly reason: unknown} | null = null;
	#controller: PausableController | null = null;
	#work: WorkGroup | null = null;
	#countdown: Countdown | null = null;
	#endDelay: (() => void) | null = null;

	constructor(host: BodyHost) {
		this.#host = host;
	}

	createContext(): JobContext {
		const {id, set} = this.#host;
		return createContext(
			id,
			set,
			() => this.signal(),
			(progress) => {
				this.progress = progress;
				this.#host.reported();
			},
		);
	}

	/** Made on the first call: a function that never looks pays nothing. */
	signal(): PausableSignal {
		return (this.#controller ??= this.#createController()).signal;
	}

	#createController(): PausableController {
		const {id, signalsAbove} = this.#host;
		const controller = new PausableController({signal: signalsAbove, name: id});
		if (this.#abort !== null) controller.abort(this.#abort.reason);
		else this.#work = gatherWork(controller.signal, () => this.#host.look());
		return controller;
	}

	/** Calls back after so many milliseconds of active time. */
	startClock(ms: number, end: () => void): void {
		this.#countdown = new Countdown(this.signal(), ms, {end});
	}

	/** Milliseconds of active time that are left of its `timeout`. */
	get timeoutRemaining(): number | undefined {
		return this.#countdown?.remaining;
	}

	/** Whether all of it waits at checkpoints and stopped clocks. */
	get standsStill(): boolean {
		return this.#work?.areParked === true && this.signal().paused;
	}

	/** Keeps it where it stands beyond the end of its pause. */
	delayResume(): void {
		this.#endDelay = delayResume(this.signal(), 'waiting for a slot');
	}

	/** Takes that back. */
	letResume(): void {
		this.#endDelay?.();
		this.#endDelay = null;
		// If it is paused again in this tick, it has not moved: then it looks again.
		this.#work?.changed();
	}

	abort(reason: unknown): void {
		this.#abort = {reason};
		this.#countdown?.cancel();
		this.#controller?.abort(reason);
	}

	/** The function has ended. */
	close(): void {
		this.#countdown?.cancel();
		this.#work?.close();
		if (this.#controller !== null) detach(this.#controller.signal);
	}
}
