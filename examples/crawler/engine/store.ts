import {existsSync, mkdirSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {Database} from './database.ts';
import {coarseCodeOf, CrawlError} from './errors.ts';
import {type Counts, Hosts} from './hosts-table.ts';
import {type Ended, type Entry, Pages} from './pages-table.ts';
import {schema, schemaVersion} from './schema.ts';
import type {Scope} from './scope.ts';
import {Together} from './together.ts';

/** All that a crawl knows and has to do, on disk. Each method happens as a whole or not at all. */
export class Store implements Disposable {
	readonly hosts: Hosts;
	readonly #db: Database;
	readonly #pages: Pages;
	readonly #together: Together;

	constructor(db: Database, scope: Scope) {
		this.#db = db;
		this.hosts = new Hosts(db);
		this.#pages = new Pages(db, this.hosts, scope);
		this.#together = new Together(db, () => this.#lookAgain());
		this.#change(() => this.#followScope(scope));
	}

	// A crawl that continues with other limits visits what was outside before, and leaves out what is now outside.
	#followScope(scope: Scope): void {
		const before = readSetting(this.#db, 'scope');
		if (before !== undefined && before !== scope.key) this.#pages.reconsider();
		writeSetting(this.#db, 'scope', scope.key);
		writeSetting(this.#db, 'origins', scope.origins);
	}

	/** What was changed in the database has been taken back. */
	#lookAgain(): void {
		this.hosts.lookAgain();
		this.#pages.lookAgain();
	}

	#change(change: () => void): void {
		try {
			this.#db.transaction(change);
		} catch (error) {
			this.#lookAgain();
			throw error;
		}
	}

	/** The sums over all hosts. */
	get totals(): Counts {
		return this.hosts.totals;
	}

	setting(key: 'pause'): unknown {
		return readSetting(this.#db, key);
	}

	set(key: 'pause', value: unknown): void {
		writeSetting(this.#db, key, value);
	}

	addSeeds(urls: readonly string[]): void {
		this.#change(() => this.#pages.addRoots(urls, 'page'));
	}

	/** The first entries of a host that wait, those under way included. */
	first(host: number, count: number): Entry[] {
		return this.#pages.first(host, count);
	}

	/** Ends an entry, and adds what was found on it. Resolves once that is saved: visits that end together share a transaction. */
	settle(entry: Entry, ended: Ended): Promise<void> {
		return this.#together.make(() => {
			this.#pages.settle(entry, ended);
			// A site is often known by two names: where a seed leads to is the site.
			if (ended.ending === 'redirect' && entry.kind === 'page' && entry.depth === 0)
				writeSetting(this.#db, 'origins', this.#pages.addOrigin(ended.finalUrl));
		});
	}

	/** Lets pages that failed wait again. */
	retryFailed(): void {
		this.#change(() => this.#pages.retryFailed());
	}

	/** Keeps what a robots.txt said, and adds its sitemaps. */
	saveRobots(host: number, text: string, sitemaps: readonly string[]): void {
		this.#change(() => {
			this.hosts.saveRobots(host, {text, at: Date.now()});
			this.#pages.addRoots(sitemaps, 'sitemap');
		});
	}

	[Symbol.dispose](): void {
		this.#db.emptyLog();
		this.#db[Symbol.dispose]();
	}
}

const database = 'crawl.db';
// Other programs may write to the database for a moment.
const busyMs = 5000;

/** Opens the database of a folder, or makes it. */
export function openDatabase(dir: string, isFresh: boolean): Database {
	const file = join(dir, database);
	if (isFresh) {
		for (const end of ['', '-wal', '-shm']) rmSync(file + end, {force: true});
		rmSync(join(dir, 'bodies'), {recursive: true, force: true});
	}
	const db = new Database(file, {timeout: busyMs});
	// What a transaction wrote is safe from a dying process. A power failure may cost the last
	// transactions, each as a whole: those pages are visited again.
	db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000');
	const isNew = db.all("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").length === 0;
	if (isNew)
		db.transaction(() => {
			db.exec(schema);
			writeSetting(db, 'version', schemaVersion);
		});
	expectVersion(db, dir);
	return db;
}

/** Opens the database of a folder to look at it, also while a crawl is at work. */
export function openToRead(dir: string): Database {
	const file = join(dir, database);
	if (!holdsCrawl(dir)) throw new CrawlError(`${dir} holds no crawl`);
	const db = openReadonly(file);
	expectVersion(db, dir);
	return db;
}

function openReadonly(file: string): Database {
	const db = new Database(file, {readonly: true, timeout: busyMs});
	try {
		db.all('SELECT 1 FROM sqlite_schema');
		return db;
	} catch (error) {
		db[Symbol.dispose]();
		// SQLite writes beside the file even to read it, unless it is told that nobody writes: in a folder that one
		// may only read, and with nothing left in the log, nobody does.
		if (!/^SQLITE_(?:CANTOPEN|READONLY)$/.test(coarseCodeOf(error)) || hasLog(file)) throw error;
		return new Database(`${pathToFileURL(file).href}?immutable=1`, {readonly: true});
	}
}

function hasLog(file: string): boolean {
	return (statSync(`${file}-wal`, {throwIfNoEntry: false})?.size ?? 0) > 0;
}

function expectVersion(db: Database, dir: string): void {
	const version = readSetting(db, 'version');
	if (version === schemaVersion) return;
	db[Symbol.dispose]();
	throw new CrawlError(
		`${dir} holds a crawl of version ${String(version)}; this program writes ${schemaVersion}`,
	);
}

export function readSetting(db: Database, key: string): unknown {
	const [row] = db.all<{value: string}>('SELECT value FROM meta WHERE key = ?', key);
	return row === undefined ? undefined : JSON.parse(row.value);
}

function writeSetting(db: Database, key: string, value: unknown): void {
	if (value === undefined) db.run('DELETE FROM meta WHERE key = ?', key);
	else db.run('INSERT OR REPLACE INTO meta VALUES (?, ?)', key, JSON.stringify(value));
}

/** Whether there is a crawl in the folder. */
export function holdsCrawl(dir: string): boolean {
	return existsSync(join(dir, database));
}

export function makeFolder(dir: string): void {
	mkdirSync(dir, {recursive: true});
}
