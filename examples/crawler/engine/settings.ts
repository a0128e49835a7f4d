import {CrawlError} from './errors.ts';
import type {PageOptions} from './page.ts';
import type {ScopeOptions} from './scope.ts';
import {pageUrl} from './urls.ts';

/** What a crawl is asked to do. */
export interface CrawlOptions extends ScopeOptions {
	/** The folder of the crawl, made if need be. One that holds a crawl goes on with it. */
	readonly dir: string;
	/** Where to start. The crawl stays on their origins. May be empty where there is a crawl to go on with. */
	readonly seeds?: readonly string[] | undefined;
	/** Visits at once. Default: 8. */
	readonly concurrency?: number | undefined;
	/** Visits at once to one host. Default: 2. */
	readonly perHost?: number | undefined;
	/** Milliseconds between the beginnings of two visits to one host, if its robots.txt asks for no more. Default: 0. */
	readonly delayMs?: number | undefined;
	/** How many pages are read at most, those of earlier runs included. Default: no limit. */
	readonly maxPages?: number | undefined;
	readonly userAgent?: string | undefined;
	/** Obeys neither robots.txt nor nofollow. Default: false. */
	readonly ignoreRobots?: boolean | undefined;
	/** Keeps the bodies in the folder. Default: false. */
	readonly savePages?: boolean | undefined;
	/** Forgets the crawl that the folder holds. Default: false. */
	readonly fresh?: boolean | undefined;
	/** Starts paused, for this reason. Default: as it was left. */
	readonly paused?: boolean | string | undefined;
	readonly fetch?: typeof fetch | undefined;
	/** Active milliseconds for one request. Default: 60 000. */
	readonly timeoutMs?: number | undefined;
	/** Active milliseconds without a byte of a body. Default: 20 000. */
	readonly idleTimeoutMs?: number | undefined;
	/** How large a page may be. Default: 10 MB. */
	readonly maxBytes?: number | undefined;
	/** How often a page is tried. Default: 3. */
	readonly attempts?: number | undefined;
	/** Milliseconds before the second try. Default: 500. */
	readonly retryMs?: number | undefined;
	/** How often a robots.txt is asked for whose server answers that it cannot. Default: 6, with a hold after each. */
	readonly robotsAttempts?: number | undefined;
	/** How often a page may be put off by 429 or 503. Default: 10. */
	readonly refusals?: number | undefined;
	/** How often in a row a host may give no answer at all before this run leaves it alone. Default: 10, with a hold after each. */
	readonly silences?: number | undefined;
	/** Lets pages that failed wait again. Default: false. */
	readonly retryFailed?: boolean | undefined;
	/** How many hosts are worked on at once; others wait on the disk. Default: 256 or more. */
	readonly hostsInMemory?: number | undefined;
	/** How long a host is left alone that does not say how long. Default: 1 s, doubled up to 5 minutes. */
	readonly backOff?: BackOffOptions | undefined;
}

export const defaultUserAgent = 'pausable-signal-crawler/0.1 (example of the npm package pausable-signal)';

export interface BackOffOptions {
	/** Milliseconds of the first hold, where the server names no time; doubled for each one after it. */
	readonly baseMs: number;
	readonly maxMs: number;
}

/** The options with all defaults filled in. */
export interface Settings extends PageOptions, ScopeOptions {
	readonly dir: string;
	readonly concurrency: number;
	readonly perHost: number;
	readonly delayMs: number;
	readonly maxPages: number;
	readonly ignoreRobots: boolean;
	readonly robotsAttempts: number;
	readonly refusals: number;
	readonly silences: number;
	readonly backOff: BackOffOptions;
}

export function fillIn(options: CrawlOptions): Settings {
	const {ignoreRobots = false, savePages = false} = options;
	return {
		dir: options.dir,
		include: options.include,
		exclude: options.exclude,
		maxDepth: options.maxDepth,
		concurrency: options.concurrency ?? 8,
		perHost: options.perHost ?? 2,
		delayMs: options.delayMs ?? 0,
		maxPages: options.maxPages ?? Infinity,
		userAgent: options.userAgent ?? defaultUserAgent,
		ignoreRobots,
		obeysNofollow: !ignoreRobots,
		keepsBody: savePages,
		fetch: options.fetch,
		timeoutMs: options.timeoutMs ?? 60_000,
		idleTimeoutMs: options.idleTimeoutMs ?? 20_000,
		maxBytes: options.maxBytes ?? 10_000_000,
		attempts: options.attempts ?? 3,
		retryMs: options.retryMs ?? 500,
		robotsAttempts: options.robotsAttempts ?? 6,
		refusals: options.refusals ?? 10,
		silences: options.silences ?? 10,
		backOff: options.backOff ?? {baseMs: 1000, maxMs: 300_000},
	};
}

export function seedUrls(seeds: readonly string[]): string[] {
	return seeds.map((seed) => {
		const url = pageUrl(seed);
		if (url === undefined) throw new CrawlError(`expected an http or https URL to start from, got '${seed}'`);
		return url;
	});
}
