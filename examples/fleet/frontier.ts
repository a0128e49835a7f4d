/** What a visit came to. */
export interface Visited {
	readonly ending: 'page' | 'redirect' | 'skipped' | 'failed';
	readonly status?: number | undefined;
	readonly title?: string | undefined;
	/** Why it was skipped or has failed. */
	readonly reason?: string | undefined;
}

export interface PageOfHost extends Visited {
	readonly url: string;
}

export interface HostCounts {
	/** Such as `localhost:8080`. */
	readonly host: string;
	readonly waiting: number;
	readonly page: number;
	readonly redirect: number;
	readonly skipped: number;
	readonly failed: number;
}

/**
 * The URLs of a crawl, shared by its processes: the death of a process loses none.
 *
 * Invariants:
 *
 * 1. A URL that was met on an open origin is waiting or visited. It stays waiting while it is fetched, and
 *    leaves in the one step that records its visit and adds its links.
 * 2. A visit is recorded once: a process that comes late with the same URL changes nothing.
 */
export interface Frontier {
	/** Opens the origins of these URLs, and adds what is new of them. */
	addSeeds(urls: readonly string[]): Promise<void>;
	/** The URL of a host whose turn it is. It stays there. */
	first(host: string): Promise<string | undefined>;
	/** Puts a URL behind the others of its host. Resolves with how often that was done. */
	putOff(url: string): Promise<number>;
	/** Ends the visit of a URL. `links` on origins that are not open are left out. */
	settle(url: string, visited: Visited, links: readonly string[]): Promise<void>;
	/** Closes a host, or all, and forgets what waits there. Resolves with how many URLs that were. */
	drop(host?: string): Promise<number>;
	/** Forgets everything. */
	clear(): Promise<void>;
	hosts(): Promise<readonly HostCounts[]>;
	pages(host: string): Promise<readonly PageOfHost[]>;
}

/** A URL with the names under which it is kept. */
export function placed(url: string): {readonly url: string; readonly host: string; readonly origin: string} {
	const {host, origin} = new URL(url);
	return {url, host, origin};
}
