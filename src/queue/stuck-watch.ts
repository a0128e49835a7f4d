import {Timer} from '../core/index.ts';
import {channels, publish} from './diagnostics.ts';
import type {Job} from './job.ts';

/** Reports aborted jobs that do not end. */
export class StuckWatch {
	readonly #after: number;
	readonly #tell: (job: Job, origin: string | undefined) => void;
	readonly #origins = new WeakMap<Job, string | undefined>();
	readonly #timers = new Map<Job, Timer>();

	/** `after`: milliseconds after the abort; `Infinity`: never. */
	constructor(after: number, tell: (job: Job, origin: string | undefined) => void) {
		this.#after = after;
		this.#tell = tell;
	}

	/** To be called by `add()`: notes its caller, unless nobody would read it, as that takes time. */
	noteOrigin(job: Job): void {
		if (this.#after !== Infinity) this.#origins.set(job, new Error('added here').stack);
	}

	aborted(job: Job): void {
		const timer = new Timer(
			() => {
				publish(channels.stuck, job);
				this.#tell(job, this.#origins.get(job));
			},
			this.#after,
			false,
		);
		this.#timers.set(job, timer);
	}

	over(job: Job): void {
		this.#timers.get(job)?.cancel();
		this.#timers.delete(job);
	}
}
