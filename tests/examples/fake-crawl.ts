import {EventEmitter} from 'node:events';
import type {LiveCrawl} from '../../examples/crawler/live.ts';
import type {
	CrawlCounts,
	CrawlEvents,
	CrawlStatus,
	HoldFor,
	HostStatus,
	PageRecord,
} from '../../examples/crawler/status.ts';

export const noCounts: CrawlCounts = {
	done: 0,
	waiting: 0,
	running: 0,
	held: 0,
	failed: 0,
	skipped: 0,
	redirected: 0,
	bytes: 0,
	links: 0,
};

export const newStatus: CrawlStatus = {
	state: 'running',
	holds: [],
	counts: noCounts,
	activeMs: 0,
	pausedMs: 0,
	pagesPerSecond: 0,
	bytesPerSecond: 0,
	maxPages: undefined,
	etaMs: undefined,
	hosts: [],
	hostCount: 0,
	lastPages: [],
	sitemaps: [],
};

export function hostStatus(host: string, rest: Partial<HostStatus> = {}): HostStatus {
	return {host, done: 0, waiting: 0, running: 0, held: 0, failed: 0, holds: [], ...rest};
}

export function pageRecord(rest: Partial<PageRecord> = {}): PageRecord {
	return {
		url: 'http://site.example/',
		finalUrl: undefined,
		ending: 'page',
		status: 200,
		contentType: 'text/html',
		bytes: 1000,
		title: 'A page',
		depth: 0,
		from: undefined,
		fetchedAt: '2030-01-01T00:00:00.000Z',
		ms: 5,
		attempts: 1,
		error: undefined,
		...rest,
	};
}

/** A crawl that does only what a test says; it records the calls it gets. */
export class FakeCrawl extends EventEmitter<CrawlEvents> implements LiveCrawl {
	status: CrawlStatus = newStatus;
	readonly calls: unknown[][] = [];
	/** What the next pause comes to; by default it stands still at once. */
	pausing: Promise<boolean> = Promise.resolve(true);
	ending: Promise<void> = Promise.resolve();
	hosts: readonly string[] = ['a.example', 'b.example'];

	/** Changes the status, and tells of it. */
	set(change: Partial<CrawlStatus>): void {
		this.status = {...this.status, ...change};
		this.emit('state', this.status);
	}

	pause(reason: string, {host, until}: HoldFor = {}): Promise<boolean> {
		this.calls.push(['pause', reason, host, until?.getTime()]);
		if (host !== undefined && !this.hosts.includes(host))
			return Promise.reject(new Error(`this crawl has no host ${host}`));
		if (host === undefined)
			this.set({state: 'paused', holds: [{by: 'user', reason, since: Date.now(), until: until?.getTime()}]});
		return this.pausing;
	}

	resume({host}: Pick<HoldFor, 'host'> = {}): boolean {
		this.calls.push(['resume', host]);
		if (host !== undefined) return false;
		const wasPaused = this.status.holds.length > 0;
		this.set({state: 'running', holds: []});
		return wasPaused;
	}

	finish(): Promise<void> {
		this.calls.push(['finish']);
		return this.ending;
	}

	stop(): Promise<void> {
		this.calls.push(['stop']);
		return this.ending;
	}
}
