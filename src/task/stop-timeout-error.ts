/**
 * `stop({grace})` gave up: the aborted work has not ended in time, and may still be running.
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
	/** The name of the task that did not stop. */
	readonly task: string;
	/** The grace it was given, in milliseconds. */
	readonly grace: number;

	/**
	 * `task` is the name of the task that did not stop, `grace` the milliseconds it was given. `subject`
	 * begins the message, where the task's name alone would say too little.
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
