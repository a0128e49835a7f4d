import {join} from 'node:path';
import {Database} from './database.ts';
import {CrawlError} from './errors.ts';

/**
 * Makes this process the only one that crawls into the folder, until disposed of.
 *
 * The lock is SQLite's own, on a database beside the crawl's: the system takes it back from a process
 * that dies, in whatever way. The crawl's database itself stays readable for others.
 */
export function lockFolder(dir: string): Disposable {
	const lock = new Database(join(dir, 'lock.db'));
	try {
		lock.exec('BEGIN EXCLUSIVE');
	} catch (error) {
		lock[Symbol.dispose]();
		if ((error as {code?: unknown}).code !== 'SQLITE_BUSY') throw error;
		throw new CrawlError(`${dir} is in use: another process crawls into it`);
	}
	return lock;
}
