// What a crawl shows of itself: the displays, the page, the control socket and `status` read this.

export type CrawlState =
	| 'idle'
	| 'running'
	| 'pausing'
	| 'paused'
	| 'stopping'
	| 'completed'
	| 'stopped'
	| 'failed';

/** Why something is held: `since` and `until` are `Date.now()` milliseconds. */
export interface CrawlHold {
	/** Who asked for it. Users alone take back what users asked for; what a server asked for ends by itself. */
	readonly by: 'user' | 'server';
	readonly reason: string;
	readonly since: number;
	readonly until: number | undefined;
}

/** What a crawl has of each kind. */
export interface CrawlCounts {
	/** Pages that were had. */
	readonly done: number;
	readonly waiting: number;
	/** Visits, and requests for a robots.txt, that move. */
	readonly running: number;
	/** Those that a pause holds half-way. */
	readonly held: number;
	readonly failed: number;
	/** Robots, wrong content type, outside of what was asked for. */
	readonly skipped: number;
	readonly redirected: number;
	readonly bytes: number;
	readonly links: number;
}

export interface HostStatus {
	/** Such as `localhost:8080`. */
	readonly host: string;
	readonly done: number;
	readonly waiting: number;
	/** Visits, and requests for its robots.txt, that move. */
	readonly running: number;
	/** Those that stand still. */
	readonly held: number;
	readonly failed: number;
	/** The host's own holds: a user's, or a back-off. Not those of the whole crawl. */
	readonly holds: readonly CrawlHold[];
}

/** One visit that has ended: a row of the pages. */
export interface PageRecord {
	readonly url: string;
	readonly finalUrl: string | undefined;
	readonly ending: 'page' | 'redirect' | 'skipped' | 'failed';
	readonly status: number | undefined;
	readonly contentType: string | undefined;
	readonly bytes: number | undefined;
	readonly title: string | undefined;
	readonly depth: number;
	readonly from: string | undefined;
	/** ISO 8601. */
	readonly fetchedAt: string;
	/** Active milliseconds, tries and the waits between them included. */
	readonly ms: number;
	readonly attempts: number;
	readonly error: string | undefined;
}

export interface CrawlStatus {
	readonly state: CrawlState;
	/** Of the whole crawl. */
	readonly holds: readonly CrawlHold[];
	readonly counts: CrawlCounts;
	/** Milliseconds, pauses left out. */
	readonly activeMs: number;
	readonly pausedMs: number;
	/** Per active second, of the last seconds. */
	readonly pagesPerSecond: number;
	readonly bytesPerSecond: number;
	/** How many pages are read at most; undefined where there is no limit. */
	readonly maxPages: number | undefined;
	/** Active milliseconds until nothing waits or `maxPages` are read; undefined when it cannot be told. */
	readonly etaMs: number | undefined;
	/** Held ones first, then the busiest; at most 20. */
	readonly hosts: readonly HostStatus[];
	readonly hostCount: number;
	/** The last ones first; at most 20. */
	readonly lastPages: readonly PageRecord[];
	/** Sitemaps that were not had, or not whole, with the reason. The last ones first; at most 20. */
	readonly sitemaps: readonly PageRecord[];
}

export interface CrawlEvents {
	/** A visit has ended and is in the store. */
	page: [PageRecord];
	/** A sitemap was read, or could not be. */
	sitemap: [PageRecord];
	/** `state` or the holds of the crawl changed. */
	state: [CrawlStatus];
	/** A host was held, or one of its holds ended. */
	host: [HostStatus];
}

export interface HoldFor {
	/** Only this host. */
	readonly host?: string | undefined;
	readonly until?: Date | undefined;
}

/** What keys, the control socket and the page do to a crawl. */
export interface CrawlControls {
	readonly status: CrawlStatus;
	/** Resolves `true` once nothing of it moves, `false` when it was resumed first. */
	pause(reason: string, options?: HoldFor): Promise<boolean>;
	/** Takes back a user's pause, of the whole crawl or of one host, never a back-off. */
	resume(options?: Pick<HoldFor, 'host'>): boolean;
	/** Starts no new visit; resolves when those under way have ended and all is saved. */
	finish(): Promise<void>;
	/** Aborts what is under way; resolves when all is saved. */
	stop(reason?: unknown): Promise<void>;
}
