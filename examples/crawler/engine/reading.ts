import type {CrawlStatus, PageRecord} from '../status.ts';
import type {Database} from './database.ts';
import {isOver} from './hold.ts';
import {busiestHosts, type Counts, holdIn, sumsOf} from './hosts-table.ts';
import {statusOf} from './status-board.ts';
import {openToRead, readSetting} from './store.ts';

type RawPage = {readonly [K in keyof PageRecord]: PageRecord[K] | null};

export interface EndedPages {
	/** The most frequent ones. */
	readonly reasons: readonly {readonly reason: string; readonly count: number}[];
	/** The last one first. */
	readonly pages: readonly PageRecord[];
}

const most = 20;
const columns = `p.url, p.final_url AS "finalUrl", p.state AS ending, p.status, p.content_type AS "contentType",
	p.bytes, p.title, p.depth, s.url AS "from", p.fetched_at AS "fetchedAt", p.ms, p.attempts, p.error`;
const ended = `FROM pages p LEFT JOIN pages s ON s.id = p.source
	WHERE p.kind = 'page' AND p.state IN ('page', 'redirect', 'skipped', 'failed')`;

const lostSitemaps = `SELECT ${columns} FROM pages p LEFT JOIN pages s ON s.id = p.source
	WHERE p.kind = 'sitemap' AND p.state IN ('page', 'skipped', 'failed') AND p.error IS NOT NULL
	ORDER BY p.fetched_at DESC LIMIT ${most}`;

/** Reads what a crawl has found, one after the other; also while it is at work. */
export class CrawlReader implements Disposable {
	readonly #db: Database;

	/** Throws a {@link CrawlError} when the folder holds no crawl. */
	constructor(dir: string) {
		this.#db = openToRead(dir);
	}

	/** All visits that have ended, in the order in which their URLs were found. */
	*pages(): IterableIterator<PageRecord> {
		for (const row of this.#db.iterate<RawPage>(`SELECT ${columns} ${ended} ORDER BY p.id`))
			yield recordOf(row);
	}

	/** The last visits that came to this, and how many there are for each reason. */
	endedAs(ending: PageRecord['ending'], count: number): EndedPages {
		const which = `FROM pages p LEFT JOIN pages s ON s.id = p.source WHERE p.kind = 'page' AND p.state = ?`;
		const reasons = this.#db.all<EndedPages['reasons'][number]>(
			`SELECT coalesce(error, '') AS reason, count(*) AS count FROM pages p WHERE p.kind = 'page' AND p.state = ?
			GROUP BY error ORDER BY count DESC LIMIT ${most}`,
			ending,
		);
		const sql = `SELECT ${columns} ${which} ORDER BY p.fetched_at DESC LIMIT ?`;
		return {reasons, pages: this.#db.all<RawPage>(sql, ending, count).map(recordOf)};
	}

	/** Which page links to which URL; redirects included. */
	*links(): IterableIterator<{readonly from: string; readonly to: string}> {
		yield* this.#db.iterate<{from: string; to: string}>(
			`SELECT s.url AS "from", t.url AS "to" FROM links
			JOIN pages s ON s.id = links.source JOIN pages t ON t.id = links.target WHERE s.kind = 'page'`,
		);
	}

	/** Where it was left, or stands. What moves is known to its own process alone. */
	get status(): CrawlStatus {
		const pause = holdIn(readSetting(this.#db, 'pause'));
		const isPaused = pause !== undefined && !isOver(pause);
		const totals = sumsOf(this.#db);
		const {hosts, hostCount} = busiestHosts(this.#db, most);
		const last = this.#db.all<RawPage>(`SELECT ${columns} ${ended} ORDER BY p.fetched_at DESC LIMIT ${most}`);
		return {
			state: isPaused ? 'paused' : endOf(totals),
			holds: isPaused ? [pause] : [],
			counts: {...totals, running: 0, held: 0},
			activeMs: 0,
			pausedMs: 0,
			pagesPerSecond: 0,
			bytesPerSecond: 0,
			maxPages: undefined,
			etaMs: undefined,
			hosts: hosts.map((saved) => statusOf(saved)),
			hostCount,
			lastPages: last.map(recordOf),
			sitemaps: this.#db.all<RawPage>(lostSitemaps).map(recordOf),
		};
	}

	[Symbol.dispose](): void {
		this.#db[Symbol.dispose]();
	}
}

/** How a crawl has ended that nobody works on any more. */
function endOf({done, waiting}: Pick<Counts, 'done' | 'waiting'>): 'stopped' | 'completed' | 'failed' {
	if (waiting > 0) return 'stopped';
	return done > 0 ? 'completed' : 'failed';
}

function recordOf(row: RawPage): PageRecord {
	return Object.fromEntries(
		Object.entries(row).map(([key, value]) => [key, value ?? undefined]),
	) as object as PageRecord;
}
