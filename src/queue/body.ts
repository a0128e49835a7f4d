import {
	delayResume,
	type WorkGroup,
	createOwnWork,
	detach,
	type OwnWork,
	gatherWork,
	type PausableSignal,
	type PoolTask,
} from '../core/index.ts';
import {Countdown} from '../time/index.ts';
import {type ContextSource, createContext, type JobContext} from './context.ts';

/** The job whose function runs. */
export interface BodyHost extends PoolTask {
	readonly id: string;
	readonly owner: {readonly signal: PausableSignal};
	readonly set: unknown;
	/** Called when all of the function has come to rest, and when some of it moves again. */
	look(): void;
	reported(): void;
}

/** A function that runs: its signal, its clock, and the last progress that it reported. */
export class Body implements ContextSource {
	readonly startTime: number = Date.now();
	progress: unknown = undefined;
	readonly #host: BodyHost;
	#abort: {readonly reason: unknown} | null = null;
	#own: OwnWork | null = null;
	#work: WorkGroup | null = null;
	#countdown: Countdown | null = null;
	#endDelay: (() => void) | null = null;

	constructor(host: BodyHost) {
		this.#host = host;
	}

	createContext(): JobContext {
		const {id, set} = this.#host;
		return createContext(id, set, this);
	}

	report(progress: unknown): void {
		this.progress = progress;
		this.#host.reported();
	}

	/** Made on the first call, so that a function that never reads its signal pays nothing. */
	signal(): PausableSignal {
		return (this.#own ??= this.#createOwn()).signal;
	}

	#createOwn(): OwnWork {
		const {id, owner, awaitedOn} = this.#host;
		const own = createOwnWork(awaitedOn === undefined ? owner.signal : [owner.signal, awaitedOn], id);
		if (this.#abort !== null) own.abort(this.#abort.reason);
		else this.#work = gatherWork(own.signal, () => this.#host.look(), this.#host);
		return own;
	}

	/** Calls back after this many milliseconds of active time. */
	startClock(ms: number, end: () => void): void {
		this.#countdown = new Countdown(this.signal(), ms, {end});
	}

	/** The milliseconds of active time left of its `timeout`. */
	get timeoutRemaining(): number | undefined {
		return this.#countdown?.remaining;
	}

	/** Whether all of it waits at checkpoints and stopped clocks. */
	get standsStill(): boolean {
		return this.#work?.areParked === true && this.signal().paused;
	}

	/** Keeps it parked even after its pause has ended. */
	delayResume(): void {
		this.#endDelay = delayResume(this.signal(), 'waiting for a slot');
	}

	/** Undoes {@link delayResume}. */
	letResume(): void {
		this.#endDelay?.();
		this.#endDelay = null;
		// If it is paused again in this tick it has not moved, and its host must look again.
		this.#work?.changed();
	}

	abort(reason: unknown): void {
		this.#abort = {reason};
		this.#countdown?.cancel();
		this.#own?.abort(reason);
	}

	/** The function has ended. */
	close(): void {
		this.#countdown?.cancel();
		this.#work?.close();
		if (this.#own !== null) detach(this.#own.signal);
	}
}
