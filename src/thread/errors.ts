/**
 * A thread ended before its function returned: by `process.exit()`, or because nothing kept it alive.
 *
 * @example
 * ```ts
 * import {ThreadExitError} from 'pausable-signal/thread';
 *
 * const error = new ThreadExitError('hash', 3);
 * [error.thread, error.exitCode]; // => ['hash', 3]
 * error.message; // => "Thread 'hash' exited with code 3 before its function returned"
 * ```
 */
export class ThreadExitError extends Error {
	/** The name of the thread. */
	readonly thread: string;
	/** The code that its worker exited with. */
	readonly exitCode: number;

	/** `thread` is the name of the thread, `exitCode` the code that its worker exited with. */
	constructor(thread: string, exitCode: number) {
		super(`Thread '${thread}' exited with code ${exitCode} before its function returned`);
		this.thread = thread;
		this.exitCode = exitCode;
	}

	static {
		Object.defineProperty(this.prototype, 'name', {
			value: 'ThreadExitError',
			writable: true,
			configurable: true,
		});
	}
}

/**
 * The sender of a followed signal is gone: its thread has ended, or it disposed of the transfer.
 *
 * A signal from `receiveSignal()` then aborts with this reason.
 *
 * @example
 * ```ts
 * import {SignalLostError} from 'pausable-signal/thread';
 *
 * new SignalLostError().message; // => 'The thread that sent this signal is gone, or let go of it'
 * ```
 */
export class SignalLostError extends Error {
	/** Makes the error, with its message. */
	constructor() {
		super('The thread that sent this signal is gone, or let go of it');
	}

	static {
		Object.defineProperty(this.prototype, 'name', {
			value: 'SignalLostError',
			writable: true,
			configurable: true,
		});
	}
}
