import {type HostProcess, hostProcess} from './platform.ts';

type Handler = (reason: unknown) => void;

/**
 * Takes the unhandled rejections of the program to itself until `stop()`: the sweep tells of them, and
 * the test runner must not fail its test for them, or end the process, before that.
 */
export class RejectionWatch {
	readonly #process: HostProcess | undefined = hostProcess();
	readonly #others: readonly ((...args: never[]) => void)[];
	readonly #seen: unknown[] = [];
	readonly #note: Handler = (reason) => void this.#seen.push(reason);
	readonly #noteEvent = (event: Event): void => {
		event.preventDefault();
		this.#seen.push((event as PromiseRejectionEvent).reason);
	};

	constructor() {
		this.#others = this.#process?.listeners('unhandledRejection') ?? [];
		this.#process?.removeAllListeners('unhandledRejection');
		this.#process?.on('unhandledRejection', this.#note);
		if (this.#process === undefined) globalThis.addEventListener('unhandledrejection', this.#noteEvent);
	}

	/** Those since the last call. */
	take(): unknown[] {
		return this.#seen.splice(0);
	}

	stop(): void {
		this.#process?.removeAllListeners('unhandledRejection');
		for (const listener of this.#others) this.#process?.on('unhandledRejection', listener);
		if (this.#process === undefined) globalThis.removeEventListener('unhandledrejection', this.#noteEvent);
	}
}
