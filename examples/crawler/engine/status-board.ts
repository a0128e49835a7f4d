import type {CrawlStatus, HostStatus, PageRecord} from '../status.ts';
import type {Database} from './database.ts';
import {shownHolds} from './hold.ts';
import type {Host} from './host.ts';
import type {HostWindow} from './host-window.ts';
import {busiestHosts, type Counts, type SavedHost} from './hosts-table.ts';
import type {Store} from './store.ts';

const most = 20;
// To look at all hosts takes a while when there are many.
const lookEvery = 1000;

interface LostPage {
	readonly url: string;
	readonly error: string;
	readonly state: 'outside' | 'skipped' | 'failed';
}

// What was not had by earlier processes, and what a redirect led to that is not followed.
const lostPages = `SELECT p.url, p.error, p.state FROM pages p LEFT JOIN pages s ON s.id = p.source
	WHERE p.state IN ('failed', 'skipped') OR (p.state = 'outside' AND s.state = 'redirect') ORDER BY p.id LIMIT 1`;

/** What a crawl shows of its hosts and pages. */
export class StatusBoard {
	readonly #db: Database;
	readonly #store: Store;
	readonly #window: HostWindow;
	#lastPages: PageRecord[] = [];
	#sitemaps: PageRecord[] = [];
	#busiest: {until: number; hosts: SavedHost[]; hostCount: number} | undefined;
	#frozen: Pick<CrawlStatus, 'hosts' | 'hostCount'> | undefined;
	#failure: PageRecord | undefined;

	constructor(db: Database, store: Store, window: HostWindow) {
		this.#db = db;
		this.#store = store;
		this.#window = window;
	}

	note(record: PageRecord): void {
		this.#lastPages = [record, ...this.#lastPages.slice(0, most - 1)];
		if (record.error !== undefined) this.#failure ??= record;
	}

	noteSitemap(record: PageRecord): void {
		if (record.error !== undefined) this.#sitemaps = [record, ...this.#sitemaps.slice(0, most - 1)];
	}

	get totals(): Counts {
		return this.#store.totals;
	}

	get lastPages(): readonly PageRecord[] {
		return this.#lastPages;
	}

	/** Those that were not had, or not whole. */
	get sitemaps(): readonly PageRecord[] {
		return this.#sitemaps;
	}

	/** Why not one page was had: the fault that was met first. To be asked before the end. */
	whyNothing(): string {
		if (this.#failure !== undefined) return `${this.#failure.url}: ${this.#failure.error}`;
		const [host] = this.#window.givenUp;
		if (host !== undefined) return `${host.origin}: ${host.holds.at(-1)?.reason ?? 'no answer'}`;
		const [lost] = this.#db.all<LostPage>(lostPages);
		if (lost === undefined) return this.#whyNoEnd();
		const {url, error, state} = lost;
		if (state === 'outside') return `${url}: ${error}`;
		const retry = state === 'failed' ? '--retry-failed asks again, ' : '';
		return `nothing is left to visit, and no page was had (${url}: ${error}): ${retry}--fresh starts over`;
	}

	// All that was had are redirects, and none of them leads anywhere.
	#whyNoEnd(): string {
		const sql = `SELECT url, final_url AS "to" FROM pages WHERE state = 'redirect' AND kind = 'page' ORDER BY id`;
		const targets = new Map(this.#db.all<{url: string; to: string}>(sql).map(({url, to}) => [url, to]));
		const way = new Set<string>();
		let [url = ''] = targets.keys();
		for (; targets.has(url) && !way.has(url); url = targets.get(url) ?? '') way.add(url);
		if (!way.has(url)) return 'nothing is left to visit, and no page was had: --fresh starts over';
		return `${url}: redirects in a circle: ${[...way, url].join(' → ')}`;
	}

	get hosts(): Pick<CrawlStatus, 'hosts' | 'hostCount'> {
		if (this.#frozen !== undefined) return this.#frozen;
		const {hosts, hostCount} = this.#lookUp();
		const held = [...this.#window].filter((host) => host.holds.length > 0).slice(0, most);
		const rest = hosts.filter(({id}) => !held.some((host) => host.id === id));
		const heldNow = held.map((host) => this.hostStatus(host));
		return {hosts: [...heldNow, ...rest.map((saved) => this.#statusOf(saved))].slice(0, most), hostCount};
	}

	#lookUp(): {hosts: SavedHost[]; hostCount: number} {
		const now = performance.now();
		if (this.#busiest === undefined || now > this.#busiest.until) {
			const found = busiestHosts(this.#db, most);
			const took = performance.now() - now;
			this.#busiest = {...found, until: now + Math.max(lookEvery, 50 * took)};
		}
		return this.#busiest;
	}

	hostStatus(host: Host): HostStatus {
		return statusOf(this.#store.hosts.get(host.id), host);
	}

	#statusOf({id}: SavedHost): HostStatus {
		return statusOf(
			this.#store.hosts.get(id),
			[...this.#window].find((host) => host.id === id),
		);
	}

	/** The database closes now. */
	freeze(): void {
		this.#busiest = undefined;
		this.#frozen = this.hosts;
	}
}

export function statusOf(saved: SavedHost, host?: Host): HostStatus {
	const {origin, done, waiting, failed, pause, backoff} = saved;
	const visits = host?.running ?? 0;
	const underWay = visits + (host?.isLoading === true ? 1 : 0);
	const held = host?.isStill === true ? underWay : 0;
	const holds = host?.holds ?? shownHolds(pause, backoff);
	return {
		host: new URL(origin).host,
		done,
		waiting: waiting - visits,
		running: underWay - held,
		held,
		failed,
		holds,
	};
}
