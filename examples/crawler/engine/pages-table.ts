import type {PageRecord} from '../status.ts';
import type {Database} from './database.ts';
import type {Hosts} from './hosts-table.ts';
import type {Scope} from './scope.ts';

export type Kind = 'page' | 'sitemap';

/** One URL to visit, and how it was found. */
export interface Entry {
	readonly id: number;
	readonly url: string;
	readonly kind: Kind;
	/** Links from a seed; a redirect does not count as one. */
	readonly depth: number;
	/** The page that it was found on. */
	readonly from: string | undefined;
}

/** What a visit came to. */
export interface Ended extends Omit<PageRecord, 'url' | 'depth' | 'from'> {
	readonly body: string | undefined;
	/** What it leads to. */
	readonly pages: readonly string[];
	readonly sitemaps: readonly string[];
}

const counted = {page: 'done', redirect: 'redirected', skipped: 'skipped', failed: 'failed'} as const;
/** In the place of a page: what is found on it was given at the start, or by a robots.txt. */
const root = 0;

const placesAtMost = 20_000;

interface Found {
	readonly kind: Kind;
	readonly depth: number;
	readonly hops: number;
}

interface Source {
	readonly id: number;
	readonly isRedirect: boolean;
	readonly depth: number;
	readonly hops: number;
}

/** Where a URL stands. */
interface Place {
	readonly id: number;
	readonly depth: number;
	readonly hops: number;
}

interface Row extends Place {
	readonly url: string;
	readonly kind: Kind;
	readonly host: number;
	readonly state: string;
	readonly error: string | null;
}

/** The table of the pages: the frontier. To be called in transactions. */
export class Pages {
	readonly #db: Database;
	readonly #hosts: Hosts;
	readonly #scope: Scope;
	/** Some of the URLs that are in the table: most links of a page lead to what was met before. */
	readonly #places = new Map<string, Place>();

	constructor(db: Database, hosts: Hosts, scope: Scope) {
		this.#db = db;
		this.#hosts = hosts;
		this.#scope = scope;
	}

	first(host: number, count: number): Entry[] {
		const sql = `SELECT p.id, p.url, p.kind, p.depth, s.url AS "from" FROM pages p
			LEFT JOIN pages s ON s.id = p.source
			WHERE p.host = ? AND p.state = 'waiting' ORDER BY p.id LIMIT ?`;
		return this.#db.all<Entry>(sql, host, count).map((entry) => ({...entry, from: entry.from ?? undefined}));
	}

	addRoots(urls: readonly string[], kind: Kind): void {
		this.#add(root, urls, {kind, depth: 0, hops: 0});
	}

	/** Lets what failed wait again, as far as it is asked for now. */
	retryFailed(): void {
		for (const {host, kind, n} of this.#db.all<{host: number; kind: Kind; n: number}>(
			"SELECT host, kind, count(*) AS n FROM pages WHERE state = 'failed' GROUP BY host, kind",
		))
			this.#hosts.count(host, {waiting: n, failed: kind === 'page' ? -n : 0});
		this.#db.run("UPDATE pages SET state = 'waiting', error = NULL WHERE state = 'failed'");
		this.reconsider();
	}

	settle(entry: Entry, ended: Ended): void {
		const {ending, finalUrl, status, contentType, bytes, title, fetchedAt, ms, attempts, error} = ended;
		const sql = `UPDATE pages SET state = ?, final_url = ?, status = ?, content_type = ?, bytes = ?, title = ?,
			fetched_at = ?, ms = ?, attempts = ?, error = ?, body = ? WHERE id = ? AND state = 'waiting'
			RETURNING host, depth, hops`;
		const values = [
			ending,
			finalUrl,
			status,
			contentType,
			bytes,
			title,
			fetchedAt,
			ms,
			attempts,
			error,
			ended.body,
		];
		const row = this.#db.values(sql, ...values.map((value) => value ?? null), entry.id);
		if (row === undefined) throw new Error(`${entry.url} does not wait`);
		const [host, depth, hops] = row as [number, number, number];
		const isPage = entry.kind === 'page';
		const links = ending === 'page' ? ended.pages.length : 0;
		const own = isPage ? {[counted[ending]]: 1, bytes: bytes ?? 0, links} : {};
		this.#hosts.count(host, {waiting: -1, ...own});
		const source = {id: entry.id, isRedirect: ending === 'redirect', depth, hops};
		for (const kind of ['page', 'sitemap'] as const)
			this.#add(entry.id, kind === 'page' ? ended.pages : ended.sitemaps, foundOn(source, kind));
	}

	/** Adds URLs that are new, and says where they were found. */
	#add(source: number, urls: readonly string[], found: Found): void {
		if (urls.length === 0) return;
		const places = this.#placesOf(source, urls, found);
		this.#db.run(
			'INSERT OR IGNORE INTO links SELECT ?, value FROM json_each(?)',
			source,
			JSON.stringify(places.map(({id}) => id)),
		);
		if (places.some(({depth, hops}) => depth > found.depth || hops > found.hops))
			this.#bringNearer(source, found);
	}

	/** Where the URLs stand, those that are new at the end. */
	#placesOf(source: number, urls: readonly string[], found: Found): readonly Place[] {
		const {kind} = found;
		if (this.#places.size >= placesAtMost) this.#places.clear();
		const others = urls.filter((url) => !this.#places.has(keyOf(kind, url)));
		if (others.length > 0) {
			this.#insert(source, others, found);
			this.#remember(others, kind);
		}
		return urls.map((url) => this.#places.get(keyOf(kind, url))).filter((place) => place !== undefined);
	}

	#remember(urls: readonly string[], kind: Kind): void {
		const rows = this.#db.all<Place & {readonly url: string}>(
			`SELECT p.id, p.url, p.depth, p.hops FROM json_each(?) JOIN pages p ON p.url = value AND p.kind = ?`,
			JSON.stringify(urls),
			kind,
		);
		for (const {url, id, depth, hops} of rows) this.#places.set(keyOf(kind, url), {id, depth, hops});
	}

	/** What is kept in memory may have been taken back in the database. */
	lookAgain(): void {
		this.#places.clear();
	}

	#insert(source: number, urls: readonly string[], found: Found): void {
		const rows = urls.map((url) => {
			const {origin} = new URL(url);
			return [url, this.#hosts.idOf(origin), this.#objection(url, origin, found) ?? null];
		});
		const added = this.#db.all<{host: number; state: string}>(
			`INSERT INTO pages (url, kind, host, state, depth, hops, source, error)
			SELECT value ->> 0, ?, value ->> 1, iif(value ->> 2 IS NULL, 'waiting', 'outside'), ?, ?, ?, value ->> 2
			FROM json_each(?) WHERE true ON CONFLICT DO NOTHING RETURNING host, state`,
			found.kind,
			found.depth,
			found.hops,
			source,
			JSON.stringify(rows),
		);
		this.#countWaiting(added);
	}

	#countWaiting(added: readonly {host: number; state: string}[]): void {
		const counts = new Map<number, number>();
		for (const {host, state} of added) if (state === 'waiting') counts.set(host, (counts.get(host) ?? 0) + 1);
		for (const [host, waiting] of counts) this.#hosts.count(host, {waiting});
	}

	#objection(url: string, origin: string, {kind, depth, hops}: Found): string | undefined {
		return kind === 'page' ? this.#scope.objection(url, origin, depth, hops) : this.#scope.limit(depth, hops);
	}

	// The order in which pages are visited must not decide which ones are too deep. So a shorter way that is
	// found later counts for what lies behind it, too.
	#bringNearer(source: number, found: Found): void {
		const sources: [number, Found][] = [[source, found]];
		for (let next = sources.pop(); next !== undefined; next = sources.pop()) {
			const [id, {kind, depth, hops}] = next;
			const sql = `SELECT p.* FROM links JOIN pages p ON p.id = target
				WHERE links.source = ? AND p.kind = ? AND (p.depth > ? OR p.hops > ?)`;
			for (const row of this.#db.all<Row>(sql, id, kind, depth, hops)) {
				const nearer = {...row, depth: Math.min(row.depth, depth), hops: Math.min(row.hops, hops)};
				this.#db.run('UPDATE pages SET depth = ?, hops = ? WHERE id = ?', nearer.depth, nearer.hops, row.id);
				this.#places.set(keyOf(kind, row.url), {id: row.id, depth: nearer.depth, hops: nearer.hops});
				if (row.state === 'outside') this.#reconsider(nearer);
				else if (row.state !== 'waiting')
					for (const kind of ['page', 'sitemap'] as const)
						sources.push([row.id, foundOn(sourceOf(nearer), kind)]);
			}
		}
	}

	/** Stays on this URL's origin, too. Returns all origins. */
	addOrigin(url: string | undefined): readonly string[] {
		const {origin} = new URL(url ?? '');
		if (!this.#scope.origins.includes(origin)) {
			this.#scope.addOrigin(origin);
			this.reconsider(this.#hosts.idOf(origin));
		}
		return this.#scope.origins;
	}

	/** Looks again at what waits and what is outside, of one host or of all. */
	reconsider(host?: number): void {
		const portion = 1000;
		let last = 0;
		for (let rows: Row[] | undefined; rows === undefined || rows.length === portion;) {
			rows = this.#db.all<Row>(
				`SELECT * FROM pages WHERE id > ? AND (?2 IS NULL OR host = ?2) AND state IN ('waiting', 'outside')
				ORDER BY id LIMIT ?`,
				last,
				host ?? null,
				portion,
			);
			for (const row of rows) this.#reconsider(row);
			last = rows.at(-1)?.id ?? last;
		}
	}

	#reconsider(row: Row): void {
		const objection = this.#objection(row.url, new URL(row.url).origin, row);
		const state = objection === undefined ? 'waiting' : 'outside';
		this.#db.run('UPDATE pages SET state = ?, error = ? WHERE id = ?', state, objection ?? null, row.id);
		if (state !== row.state) this.#hosts.count(row.host, {waiting: state === 'waiting' ? 1 : -1});
	}
}

function keyOf(kind: Kind, url: string): string {
	return kind === 'page' ? url : `${kind} ${url}`;
}

function sourceOf({id, state, depth, hops}: Row): Source {
	return {id, isRedirect: state === 'redirect', depth, hops};
}

// The sitemaps of an index are as near as the index, and limited in the same way as redirects.
function foundOn({isRedirect, depth, hops}: Source, kind: Kind): Found {
	return isRedirect || kind === 'sitemap' ? {kind, depth, hops: hops + 1} : {kind, depth: depth + 1, hops: 0};
}
