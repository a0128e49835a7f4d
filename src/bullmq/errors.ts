/**
 * The `signal.reason` of a job that returns to the queue: its worker closes, or it was parked for
 * longer than `holdMs`. Save its progress, and return or throw; another worker starts the job again
 * later.
 *
 * @example
 * ```ts
 * import {HandBackError} from 'pausable-signal/bullmq';
 *
 * new HandBackError('7').message; // => 'Job 7 is handed back to the queue while it is held'
 * ```
 */
export class HandBackError extends Error {
	/** The id of the job. */
	readonly job: string;

	/** `job` is the id of the job. */
	constructor(job: string) {
		super(`Job ${job} is handed back to the queue while it is held`);
		this.job = job;
	}

	static {
		Object.defineProperty(this.prototype, 'name', {
			value: 'HandBackError',
			writable: true,
			configurable: true,
		});
	}
}

/**
 * The `signal.reason` of a job whose lock is lost: another worker may run it by now. End without any
 * effect; the queue ignores its result or error.
 *
 * @example
 * ```ts
 * import {LockLostError} from 'pausable-signal/bullmq';
 *
 * new LockLostError('7').message; // => 'The lock of job 7 is lost: another worker may run it'
 * ```
 */
export class LockLostError extends Error {
	/** The id of the job. */
	readonly job: string;

	/** `job` is the id of the job. */
	constructor(job: string) {
		super(`The lock of job ${job} is lost: another worker may run it`);
		this.job = job;
	}

	static {
		Object.defineProperty(this.prototype, 'name', {
			value: 'LockLostError',
			writable: true,
			configurable: true,
		});
	}
}
