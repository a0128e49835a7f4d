import path from 'node:path';
import {Database} from '../crawler/engine/database.ts';
import {type Frontier, type HostCounts, type PageOfHost, placed, type Visited} from './frontier.ts';

const schema = `
CREATE TABLE IF NOT EXISTS origins (origin TEXT PRIMARY KEY, host TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS urls (
	url TEXT PRIMARY KEY,
	host TEXT NOT NULL,
	state TEXT NOT NULL,             -- 'waiting', or how its visit ended
	place INTEGER NOT NULL,          -- in the line of its host
	delays INTEGER NOT NULL DEFAULT 0,
	visited TEXT                     -- JSON
);
CREATE INDEX IF NOT EXISTS urls_waiting ON urls (host, state, place);
`;
const lastPlace = 'SELECT coalesce(max(place), 0) + 1 FROM urls WHERE host = ?1';
const busyMs = 5000;

/** For processes of one machine: a file, which others may read and change while the crawl is at work. */
export class SqliteFrontier implements Frontier, Disposable {
	readonly #db: Database;

	constructor(dir: string) {
		this.#db = new Database(path.join(dir, sqliteFile), {timeout: busyMs});
		this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
		this.#db.exec(schema);
	}

	async addSeeds(urls: readonly string[]): Promise<void> {
		this.#db.transaction(() => {
			for (const {host, origin} of urls.map(placed))
				this.#db.run('INSERT OR IGNORE INTO origins VALUES (?, ?)', origin, host);
			this.#add(urls);
		});
	}

	#add(urls: readonly string[]): void {
		const isOpen = 'EXISTS (SELECT 1 FROM origins WHERE origin = ?3)';
		const sql = `INSERT OR IGNORE INTO urls (url, host, state, place)
			SELECT ?2, ?1, 'waiting', (${lastPlace}) WHERE ${isOpen}`;
		for (const {url, host, origin} of urls.map(placed)) this.#db.run(sql, host, url, origin);
	}

	async first(host: string): Promise<string | undefined> {
		const sql = "SELECT url FROM urls WHERE host = ? AND state = 'waiting' ORDER BY place LIMIT 1";
		return this.#db.all<{url: string}>(sql, host)[0]?.url;
	}

	async putOff(url: string): Promise<number> {
		const sql = `UPDATE urls SET delays = delays + 1, place = (${lastPlace}) WHERE url = ?2`;
		this.#db.run(sql, placed(url).host, url);
		const [row] = this.#db.all<{delays: number}>('SELECT delays FROM urls WHERE url = ?', url);
		return row?.delays ?? 0;
	}

	async settle(url: string, visited: Visited, links: readonly string[]): Promise<void> {
		const sql = "UPDATE urls SET state = ?, visited = ? WHERE url = ? AND state = 'waiting'";
		this.#db.transaction(() => {
			if (this.#db.run(sql, visited.ending, JSON.stringify(visited), url) > 0) this.#add(links);
		});
	}

	async drop(host?: string): Promise<number> {
		const [where, values] = host === undefined ? ['1', []] : ['host = ?', [host]];
		return this.#db.transaction(() => {
			this.#db.run(`DELETE FROM origins WHERE ${where}`, ...values);
			return this.#db.run(`DELETE FROM urls WHERE state = 'waiting' AND ${where}`, ...values);
		});
	}

	async clear(): Promise<void> {
		this.#db.exec('DELETE FROM origins; DELETE FROM urls');
	}

	async hosts(): Promise<readonly HostCounts[]> {
		const states = ['waiting', 'page', 'redirect', 'skipped', 'failed'];
		const sums = states.map((state) => `sum(state = '${state}') AS ${state}`).join();
		return this.#db.all<HostCounts>(`SELECT host, ${sums} FROM urls GROUP BY host ORDER BY host`);
	}

	async pages(host: string): Promise<readonly PageOfHost[]> {
		const sql = "SELECT url, visited FROM urls WHERE host = ? AND state != 'waiting' ORDER BY url";
		const rows = this.#db.all<{url: string; visited: string}>(sql, host);
		return rows.map(({url, visited}) => ({url, ...(JSON.parse(visited) as Visited)}));
	}

	[Symbol.dispose](): void {
		this.#db[Symbol.dispose]();
	}
}

/** The name of the file in its folder. */
export const sqliteFile = 'fleet.db';
