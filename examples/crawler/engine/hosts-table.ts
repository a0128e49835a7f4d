import type {CrawlHold} from '../status.ts';
import type {Database} from './database.ts';

/** How many of each there are. */
export interface Counts {
	waiting: number;
	done: number;
	redirected: number;
	skipped: number;
	failed: number;
	bytes: number;
	links: number;
}

export interface HostRow extends Counts {
	readonly id: number;
	readonly origin: string;
}

export interface SavedRobots {
	readonly text: string;
	/** `Date.now()` milliseconds. */
	readonly at: number;
}

/** A hold that a server asked for. */
export interface BackOffHold extends CrawlHold {
	/** How many in a row. */
	readonly strikes: number;
}

export interface SavedHost extends HostRow {
	readonly robots: SavedRobots | undefined;
	readonly pause: CrawlHold | undefined;
	readonly backoff: BackOffHold | undefined;
}

interface RawHost extends HostRow {
	readonly robots: string | null;
	readonly pause: string | null;
	readonly backoff: string | null;
}

const names = ['waiting', 'done', 'redirected', 'skipped', 'failed', 'bytes', 'links'] as const;
const cacheSize = 10_000;

/** The table of the hosts, and the counts. */
export class Hosts {
	readonly totals: Counts;
	readonly #db: Database;
	readonly #ids = new Map<string, number>();
	readonly #news = new Set<number>();

	constructor(db: Database) {
		this.#db = db;
		this.totals = sums(db);
	}

	idOf(origin: string): number {
		let id = this.#ids.get(origin);
		if (id === undefined) {
			this.#db.run('INSERT OR IGNORE INTO hosts (origin) VALUES (?)', origin);
			id = this.#db.all<{id: number}>('SELECT id FROM hosts WHERE origin = ?', origin)[0]?.id ?? 0;
			if (this.#ids.size >= cacheSize) this.#ids.clear();
			this.#ids.set(origin, id);
		}
		return id;
	}

	get(id: number): SavedHost {
		const [row] = this.#db.all<RawHost>('SELECT * FROM hosts WHERE id = ?', id);
		if (row === undefined) throw new Error(`no host ${id}`);
		return unpack(row);
	}

	/** Hosts of this name, whatever their scheme. */
	named(host: string): SavedHost[] {
		const sql = "SELECT * FROM hosts WHERE origin IN ('http://' || ?1, 'https://' || ?1)";
		return this.#db.all<RawHost>(sql, host).map(unpack);
	}

	/** Hosts that are held. */
	held(): SavedHost[] {
		const sql = 'SELECT * FROM hosts WHERE pause IS NOT NULL OR backoff IS NOT NULL';
		return this.#db.all<RawHost>(sql).map(unpack);
	}

	/** Hosts with something to do, after the one with this id. */
	waiting(after: number, count: number): SavedHost[] {
		const sql = 'SELECT * FROM hosts WHERE waiting > 0 AND id > ? ORDER BY id LIMIT ?';
		return this.#db.all<RawHost>(sql, after, count).map(unpack);
	}

	/** Adds to the counts of a host. */
	count(id: number, change: Partial<Counts>): void {
		const values = names.map((name) => change[name] ?? 0);
		const sql = `UPDATE hosts SET ${names.map((name) => `${name} = ${name} + ?`).join()} WHERE id = ?`;
		this.#db.run(sql, ...values, id);
		if ((change.waiting ?? 0) > 0) this.#news.add(id);
		for (const [index, name] of names.entries()) this.totals[name] += values[index] ?? 0;
	}

	/** What is kept in memory may have been taken back in the database. */
	lookAgain(): void {
		this.#ids.clear();
		Object.assign(this.totals, sums(this.#db));
	}

	/** Hosts that have got something to do since the last call. */
	takeNews(): readonly number[] {
		const news = [...this.#news];
		this.#news.clear();
		return news;
	}

	saveRobots(id: number, robots: SavedRobots): void {
		this.#db.run('UPDATE hosts SET robots = ? WHERE id = ?', JSON.stringify(robots), id);
	}

	savePause(id: number, hold: CrawlHold | undefined): void {
		this.#db.run('UPDATE hosts SET pause = ? WHERE id = ?', pack(hold), id);
	}

	saveBackOff(id: number, hold: BackOffHold | undefined): void {
		this.#db.run('UPDATE hosts SET backoff = ? WHERE id = ?', pack(hold), id);
	}
}

function sums(db: Database): Counts {
	const columns = names.map((name) => `coalesce(sum(${name}), 0) AS ${name}`).join();
	return db.all<Counts>(`SELECT ${columns} FROM hosts`)[0] as Counts;
}

/** Hosts that were visited, the busiest first; and how many there are. */
export function busiestHosts(db: Database, count: number): {hosts: SavedHost[]; hostCount: number} {
	const used = 'waiting + done + redirected + skipped + failed > 0';
	const sql = `SELECT * FROM hosts WHERE ${used} ORDER BY waiting + done DESC, id LIMIT ?`;
	const [counted] = db.all<{n: number}>(`SELECT count(*) AS n FROM hosts WHERE ${used}`);
	return {hosts: db.all<RawHost>(sql, count).map(unpack), hostCount: counted?.n ?? 0};
}

export function sumsOf(db: Database): Counts {
	return sums(db);
}

/** A hold that was saved; JSON leaves out what is undefined. */
export function holdIn(saved: unknown): CrawlHold | undefined {
	const hold = saved as CrawlHold | undefined;
	return hold === undefined ? undefined : {...hold, until: hold.until};
}

function pack(hold: object | undefined): string | null {
	return hold === undefined ? null : JSON.stringify(hold);
}

function unpack({robots, pause, backoff, ...rest}: RawHost): SavedHost {
	return {
		...rest,
		robots: read(robots) as SavedRobots | undefined,
		pause: holdIn(read(pause)),
		backoff: read(backoff) as BackOffHold | undefined,
	};
}

function read(json: string | null): unknown {
	return json === null ? undefined : JSON.parse(json);
}
