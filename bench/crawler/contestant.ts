import type {ChildProcess} from 'node:child_process';

/** One crawler, in a process of its own. */
export interface Contestant {
	readonly name: string;
	start(options: StartOptions): Running;
}

export interface StartOptions {
	/** The Node to run it with. */
	readonly node: string;
	readonly url: string;
	readonly concurrency: number;
	/** An empty folder for what it keeps. */
	readonly dir: string;
}

export interface Running {
	readonly child: ChildProcess;
	/** Resolves when nothing moves any more. */
	pause(): Promise<void>;
	/** Resolves with the time at which it was asked for. */
	resume(): Promise<number>;
	/** The pages that it says it found, when it is done. */
	readonly found: Promise<number>;
}
