import type {LiveCrawl} from './live.ts';

// npm passes Ctrl-C on to a program that has had it from the terminal already.
const echoMs = 250;

export interface InterruptionOptions {
	readonly say: (text: string) => void;
	readonly exit: () => void;
	/** How to go on afterwards. */
	readonly advice: string;
}

/** Ends a crawl step by step: finish, abort, exit. */
export class Interruption {
	readonly #crawl: LiveCrawl;
	readonly #options: InterruptionOptions;
	#step = 0;
	#at = -Infinity;

	constructor(crawl: LiveCrawl, options: InterruptionOptions) {
		this.#crawl = crawl;
		this.#options = options;
	}

	/** Finishes what is in flight. Again: aborts it. Again: exits. */
	interrupt(): void {
		this.#goOn(1);
	}

	/** Finishes what is in flight, and nothing more however often. */
	finish(): void {
		if (this.#step === 0) this.#goOn(1);
	}

	/** Aborts what is in flight; the system wants the process to end. Again: exits. */
	terminate(): void {
		this.#goOn(2);
	}

	#goOn(least: number): void {
		const now = performance.now();
		if (this.#step >= least && now - this.#at < echoMs) return;
		this.#at = now;
		this.#step = Math.max(least, this.#step + 1);
		if (this.#step === 1) this.#finish();
		else if (this.#step === 2) this.#abort();
		else this.#exit();
	}

	#finish(): void {
		const {running, held} = this.#crawl.status.counts;
		const stands = held > 0 ? `, and ${held} that stand still are aborted` : '';
		this.#say(`finishing: ${running} in flight are finished and saved${stands}; Ctrl-C again aborts them`);
		this.#settle(this.#crawl.finish());
	}

	#abort(): void {
		const {running} = this.#crawl.status.counts;
		this.#say(
			`stopping: ${running} in flight are aborted, and visited again next time; Ctrl-C again exits now`,
		);
		this.#settle(this.#crawl.stop('interrupted'));
	}

	#exit(): void {
		this.#say('exiting now: what was saved is whole');
		this.#options.exit();
	}

	#say(text: string): void {
		this.#options.say(`${text}. ${this.#options.advice}`);
	}

	// An end that fails is told by run(), too.
	#settle(end: Promise<void>): void {
		end.catch(() => {});
	}
}
