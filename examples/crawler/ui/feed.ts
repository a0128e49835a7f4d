import type {ServerResponse} from 'node:http';
import {interval, run} from 'pausable-signal';
import {hasEnded, type LiveCrawl} from '../live.ts';
import {History} from './history.ts';

const everyMs = 500;
const viewersAtMost = 16;
const unreadAtMost = 1_000_000;

/** Sends what a crawl does to those who watch it: server-sent events. */
export class Feed implements Disposable {
	readonly #crawl: LiveCrawl;
	readonly #viewers = new Set<ServerResponse>();
	readonly #history = new History();
	readonly #stopSending: () => Promise<void>;
	#isOver = false;
	readonly #soon = (): void => this.#sendSoon();
	#isDue = false;
	#ended = 0;
	#pausedMs = 0;
	#at: number = performance.now();

	constructor(crawl: LiveCrawl) {
		this.#crawl = crawl;
		this.#ended = this.#endedNow;
		crawl.on('state', this.#soon);
		crawl.on('host', this.#soon);
		// Pauses are part of the picture, so this goes on in them.
		this.#stopSending = run(async (signal) => {
			for await (const tick of interval(signal, everyMs)) {
				if (hasEnded(this.#crawl.status)) continue;
				if (tick % 2 === 1) this.#measure();
				this.#send();
			}
		});
	}

	/** Sends to this response from now on; false when there are too many already. */
	add(viewer: ServerResponse): boolean {
		if (this.#viewers.size >= viewersAtMost) return false;
		this.#viewers.add(viewer);
		viewer.once('close', () => this.#viewers.delete(viewer));
		viewer.write(this.#frame);
		return true;
	}

	get #endedNow(): number {
		const {done, redirected, skipped, failed} = this.#crawl.status.counts;
		return done + redirected + skipped + failed;
	}

	#measure(): void {
		// After the end there is nothing to draw.
		if (hasEnded(this.#crawl.status)) return;
		const now = performance.now();
		const seconds = (now - this.#at) / 1000;
		const ended = this.#endedNow;
		const {pausedMs} = this.#crawl.status;
		const pausedSeconds = Math.min(seconds, (pausedMs - this.#pausedMs) / 1000);
		this.#history.add({seconds, pages: ended - this.#ended, pausedSeconds});
		this.#pausedMs = pausedMs;
		this.#at = now;
		this.#ended = ended;
	}

	// Many changes in one go are one frame.
	#sendSoon(): void {
		if (this.#isDue) return;
		this.#isDue = true;
		setImmediate(() => {
			this.#isDue = false;
			this.#send();
		});
	}

	#send(): void {
		if (this.#viewers.size === 0) return;
		const frame = this.#frame;
		for (const viewer of this.#viewers) if (viewer.writableLength < unreadAtMost) viewer.write(frame);
	}

	get #frame(): string {
		const data = {status: this.#crawl.status, history: this.#history.samples};
		return `event: status\ndata: ${JSON.stringify(data)}\n\n`;
	}

	/** Says goodbye to all. */
	[Symbol.dispose](): void {
		if (this.#isOver) return;
		this.#isOver = true;
		this.#measure();
		this.#send();
		void this.#stopSending();
		this.#crawl.off('state', this.#soon);
		this.#crawl.off('host', this.#soon);
		for (const viewer of this.#viewers) viewer.end('event: end\ndata: {}\n\n');
	}
}
