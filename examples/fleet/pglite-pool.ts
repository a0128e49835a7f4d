import {EventEmitter} from 'node:events';
import type {PGlite} from '@electric-sql/pglite';

interface Rows<R> {
	readonly rows: R[];
	readonly rowCount: number;
}

/** A pool of pg as BullMQ uses one, on a PGlite, which has one connection and lends it to all. */
export class PGlitePool extends EventEmitter {
	readonly #db: PGlite;

	constructor(db: PGlite) {
		super();
		this.#db = db;
	}

	/** BullMQ asks a connection whether it would notice its own loss. This one is lost with the process. */
	readonly options = {keepAlive: true};

	async query<R>(text: string, values: readonly unknown[] = []): Promise<Rows<R>> {
		// Only what has no values may be several statements.
		const result = values.length > 0 ? await this.#db.query(text, [...values]) : await this.#exec(text);
		const rows = (result?.rows ?? []) as R[];
		return {rows, rowCount: rows.length || (result?.affectedRows ?? 0)};
	}

	async #exec(text: string): Promise<{rows: object[]; affectedRows?: number} | undefined> {
		return (await this.#db.exec(text)).at(-1);
	}

	async connect(): Promise<PGliteClient> {
		return new PGliteClient(this, this.#db);
	}

	async end(): Promise<void> {}
}

class PGliteClient extends EventEmitter {
	readonly #pool: PGlitePool;
	readonly #stop: () => void;

	constructor(pool: PGlitePool, db: PGlite) {
		super();
		this.#pool = pool;
		this.#stop = db.onNotification((channel, payload) => {
			this.emit('notification', {channel, payload});
		});
	}

	query<R>(text: string, values?: readonly unknown[]): Promise<Rows<R>> {
		return this.#pool.query(text, values);
	}

	release(): void {
		this.#stop();
		this.removeAllListeners();
	}
}
