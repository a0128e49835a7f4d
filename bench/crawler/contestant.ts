import type {ChildProcess} from 'node:child_process';

/** One crawler, in a process of its own. */
export interface Contestant<Crawler extends Running = Running> {
	readonly name: string;
	/** How it may exit after a whole crawl. */
	readonly exitCodes: readonly number[];
	start(options: StartOptions): Crawler;
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
	/** The pages that it says it found, when it is done; nothing where it does not say. */
	readonly found: Promise<number | undefined>;
}

export interface Pausable extends Running {
	/** Resolves when nothing moves any more. */
	pause(): Promise<void>;
	/** Resolves with the time at which it was asked for. */
	resume(): Promise<number>;
}
