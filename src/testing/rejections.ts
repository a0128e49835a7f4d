import {type HostProcess, hostProcess} from './platform.ts';

type Handler = (reason: unknown) => void;

/**
 * Catches the unhandled rejections of the program until `stop()`: the sweep reports them, and before
 * that the test runner must not fail its test or end the process because of them.
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

	/** Returns the rejections since the last call. */
	take(): unknown[] {
		return this.#seen.splice(0);
	}

	stop(): void {
		this.#process?.removeAllListeners('unhandledRejection');
		for (const listener of this.#others) this.#process?.on('unhandledRejection', listener);
		if (this.#process === undefined) globalThis.removeEventListener('unhandledrejection', this.#noteEvent);
	}
}
