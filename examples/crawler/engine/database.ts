import Libsql from 'libsql';
import {CrawlError} from './errors.ts';

/** What SQLite keeps of JavaScript. */
export type Value = string | number | null;

/** A connection to SQLite with its prepared statements. */
export class Database implements Disposable {
	readonly #connection: Libsql.Database;
	readonly #statements = new Map<string, Libsql.Statement>();

	constructor(file: string, options?: Libsql.Options) {
		this.#connection = open(file, options);
	}

	exec(sql: string): void {
		this.#connection.exec(sql);
	}

	/** Returns how many rows changed. */
	run(sql: string, ...values: Value[]): number {
		return this.#prepare(sql).run(values).changes;
	}

	all<Row>(sql: string, ...values: Value[]): Row[] {
		return this.#prepare(sql).all(values) as Row[];
	}

	/** The values of the one row that is there, for what is asked very often: an object for each costs more. */
	values(sql: string, ...values: Value[]): Value[] | undefined {
		return this.#prepare(sql, {isRaw: true}).get(values) as Value[] | undefined;
	}

	/** Rows one after the other, for what may be too large for the memory. */
	iterate<Row>(sql: string, ...values: Value[]): IterableIterator<Row> {
		// A statement of its own: several may be under way.
		return this.#connection.prepare(sql).iterate(values) as IterableIterator<Row>;
	}

	/** Runs `change` as a whole or not at all. */
	transaction<T>(change: () => T): T {
		this.run('BEGIN IMMEDIATE');
		try {
			const result = change();
			this.run('COMMIT');
			return result;
		} catch (error) {
			this.#rollBack();
			throw error;
		}
	}

	// SQLite does so on its own after some errors, such as a full disk: the first error is the one that counts.
	#rollBack(): void {
		try {
			this.run('ROLLBACK');
		} catch {}
	}

	/**
	 * Brings all that the log holds into the file, unless somebody reads. Without this the log stays until the garbage
	 * collector finds the last statement, as only then libsql closes the file.
	 */
	emptyLog(): void {
		try {
			this.exec('PRAGMA busy_timeout = 0');
			this.all('PRAGMA wal_checkpoint(TRUNCATE)');
		} catch {
			// What is saved is in the log, and the next process reads it there.
		}
	}

	#prepare(sql: string, {isRaw = false}: {isRaw?: boolean} = {}): Libsql.Statement {
		let statement = this.#statements.get(sql);
		if (statement === undefined) {
			statement = this.#connection.prepare(sql);
			if (isRaw) statement.raw();
			this.#statements.set(sql, statement);
		}
		return statement;
	}

	[Symbol.dispose](): void {
		this.#statements.clear();
		this.#connection.close();
	}
}

function open(file: string, options?: Libsql.Options): Libsql.Database {
	try {
		return new Libsql(file, options);
	} catch (cause) {
		// The error has a number of SQLite's in its text, and no code.
		throw new CrawlError(`cannot open the database ${file}: does the user have the right to?`, {cause});
	}
}
