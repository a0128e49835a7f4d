/**
 * `stop({grace})` gave up: what was aborted has not ended in time, and may still be running.
 *
 * @example
 * ```ts
 * import {StopTimeoutError, Task} from 'pausable-signal';
 *
 * const deaf = Task.start(() => new Promise(() => {}), {name: 'deaf'});
 * const error: unknown = await deaf.stop('enough', {grace: 10}).catch((e: unknown) => e);
 * error instanceof StopTimeoutError; // => true
 * (error as StopTimeoutError).task; // => 'deaf'
 * ```
 */
export class StopTimeoutError extends Error {
	/** The name of what did not stop. */
	readonly task: string;
	/** The grace it was given, in milliseconds. */
	readonly grace: number;

	/**
	 * `task` is the name of what did not stop, `grace` the milliseconds it was given. `subject` says more
	 * in the message than the name of a task does.
	 */
	constructor(task: string, grace: number, subject = `Task '${task}' has`) {
		super(`${subject} not stopped within ${grace} ms after it was aborted`);
		this.task = task;
		this.grace = grace;
	}

	static {
		Object.defineProperty(this.prototype, 'name', {
			value: 'StopTimeoutError',
			writable: true,
			configurable: true,
		});
	}
}
