/**
 * The state of a transfer, and the only place that ends it: reads one connection after the other as
 * one source of bytes.
 *
 * A pull reads the current connection; without one it first resumes the transfer over another. A
 * connection ends in two ways: `#drop()` closes it during a pause, `#lose()` finds it broken. After
 * either there is no connection, so the next pull resumes.
 *
 * Invariants:
 *
 * 1. The gate in front of this source keeps the bytes between `offset` and `position`.
 * 2. Bytes at `position` come only from a connection whose answer was accepted, that is, checked to be
 *    of the same version as the first one. A connection that does not continue there is closed.
 * 3. At most one connection is open, and it is `current` of the connections. Code that waited for a
 *    connection compares it with `current`, and ignores what an earlier one still brings.
 * 4. While the signal is paused it sends no request and reports no failure: it looks at a connection
 *    that died on resume. So code that has awaited something checks `#pauses` before either.
 * 5. The phase follows from the facts; `#show()` is called when they have changed.
 * 6. After the end it leaves no connection, no timer and nothing on the signal, and does not keep the
 *    process alive.
 */
import {noteCheckpoint, reasonOf, restWhilePaused} from '../core/index.ts';
import {throwIfAborted} from '../flow/index.ts';
import type {ItemSource} from '../iterate/index.ts';
import type {Connection} from './connection.ts';
import {Connections} from './connections.ts';
import {excess, type Failure, lost, truncated} from './failure.ts';
import {FirstRequest, type Head} from './first-request.ts';
import type {Settings} from './options.ts';
import {PauseWatch} from './pause-watch.ts';
import type {Requester} from './requester.ts';
import {Resource} from './resource.ts';
import {Resumption} from './resumption.ts';
import {type TransferFacts, type TransferPhase, type TransferState, TransferView} from './transfer.ts';

type End = 'completed' | 'failed' | 'stopped';
type Result = IteratorResult<Uint8Array, unknown>;

const done: IteratorReturnResult<undefined> = {done: true, value: undefined};

// The end of a body is a fault, unless it is complete.
function faultIn(result: Result): Failure | undefined {
	return result.done === false ? undefined : truncated;
}

export class TransferSource implements ItemSource<Uint8Array>, TransferFacts {
	readonly view: TransferView = new TransferView(this);
	readonly #settings: Settings;
	readonly #resource: Resource;
	readonly #pauses: PauseWatch;
	readonly #connections: Connections;
	readonly #first: FirstRequest;
	readonly #resumption: Resumption;
	/** The connection that the current pull reads. */
	#reading!: Connection;
	/** Whether the reader is waiting for the next bytes. */
	#isPulled = false;
	#ended: End | undefined;

	constructor(requester: Requester, settings: Settings) {
		const {signal, holdMs, from} = settings;
		this.#settings = settings;
		const resource = (this.#resource = new Resource(requester.url, from));
		const connections = (this.#connections = new Connections(requester, settings, () => this.#show()));
		const pauses = (this.#pauses = new PauseWatch(signal, holdMs, {
			changed: () => this.#look(),
			abort: () => this.finish('stopped'),
		}));
		this.#first = new FirstRequest(requester, settings, resource, connections, pauses);
		this.#resumption = new Resumption(resource, connections, pauses, settings);
	}

	// ---- What the view shows

	get phase(): TransferPhase {
		if (this.#ended !== undefined) return this.#ended;
		const {hasCome} = this.#resource;
		const {current} = this.#connections;
		if (this.#pauses.isPaused) return hasCome || current !== undefined ? 'held' : 'dropped';
		if (hasCome || current?.isAccepted) return 'running';
		return this.#isPulled ? 'reconnecting' : 'dropped';
	}

	get offset(): number {
		return this.#resource.offset;
	}

	get total(): number | undefined {
		return this.#resource.total;
	}

	get resumable(): boolean {
		return this.#resource.resumable;
	}

	get reconnects(): number {
		return Math.max(0, this.#connections.opened - 1);
	}

	toState(): TransferState {
		return this.#resource.toState();
	}

	#show(): void {
		this.view.changed();
	}

	/** The reader has received bytes. */
	delivered(bytes: number): void {
		this.#resource.offset += bytes;
		this.#show();
	}

	// ---- The first answer

	/** Sends the first request, and settles when its answer may be shown: not during a pause. */
	async begin(): Promise<Head> {
		const {signal, from} = this.#settings;
		noteCheckpoint(signal);
		const moveOn = restWhilePaused(signal);
		try {
			const head = await (from === undefined || !this.resumable ? this.#first.ask() : this.#goOn());
			this.#look();
			while (this.#pauses.isPaused) await this.#pauses.pauseEnd();
			throwIfAborted(signal);
			return head;
		} catch (error) {
			while (this.#pauses.isPaused) await this.#pauses.pauseEnd();
			this.finish(signal.aborted ? 'stopped' : 'failed');
			throw signal.aborted ? reasonOf(signal) : error;
		} finally {
			moveOn();
		}
	}

	async #goOn(): Promise<Head> {
		// The first request does not count as an attempt.
		this.#resumption.attempts.allowOne();
		this.#isPulled = true;
		const connection = await this.#resume();
		this.#isPulled = false;
		return {response: connection?.response, kind: 'rest'};
	}

	// ---- Pauses

	#look(): void {
		if (this.#pauses.isLong && this.resumable) this.#drop();
		this.#show();
	}

	// A pause is no failure: it starts the count of attempts again.
	#drop(): void {
		const {current} = this.#connections;
		if (this.#resource.hasCome || current === undefined) return;
		this.#connections.close(current);
		this.#resumption.attempts.allowOne();
	}

	// ---- Reading

	// The path of every byte: while the connection lasts, it makes a single promise for each chunk.
	pull(): Promise<Result> {
		this.#isPulled = true;
		const connection = this.#connections.current;
		if (connection === undefined || connection.skip > 0) return this.#bring();
		this.#reading = connection;
		this.#connections.beginWait(this.#onSilence);
		return connection.read().then(this.#onResult, this.#onError);
	}

	readonly #onSilence = (): void => this.#connections.silence(this.#reading);

	readonly #onResult = (result: Result): Result | Promise<Result> => {
		this.#connections.endWait();
		const connection = this.#reading;
		const bytes = this.#bytesIn(connection, result);
		return bytes === undefined ? this.#bringAfter(connection, faultIn(result)) : {done: false, value: bytes};
	};

	readonly #onError = (error: unknown): Promise<Result> => {
		this.#connections.endWait();
		return this.#bringAfter(this.#reading, lost(error));
	};

	async #bringAfter(connection: Connection, failure: Failure | undefined): Promise<Result> {
		await this.#judgeEnd(connection, failure);
		return this.#bring();
	}

	/** The next bytes, over another connection if need be. */
	async #bring(): Promise<Result> {
		while (this.#ended === undefined && !this.#resource.hasAll) {
			const connection = this.#connections.current ?? (await this.#resume());
			if (connection === undefined) continue;
			while (connection.skip > 0 && this.#pauses.isPaused) await this.#pauses.pauseEnd();
			// Meanwhile it may have been dropped, or the transfer may have ended.
			if (connection !== this.#connections.current) continue;
			const bytes = await this.#readFrom(connection);
			if (bytes !== undefined) return {done: false, value: bytes};
		}
		this.#isPulled = false;
		return done;
	}

	#resume(): Promise<Connection | undefined> {
		this.#show();
		return this.#resumption.connect();
	}

	async #readFrom(connection: Connection): Promise<Uint8Array | undefined> {
		this.#connections.beginWait(() => this.#connections.silence(connection));
		const {result, failure} = await connection.read().then(
			(result) => ({result, failure: faultIn(result)}),
			(error: unknown) => ({result: done, failure: lost(error)}),
		);
		this.#connections.endWait();
		const bytes = this.#bytesIn(connection, result);
		if (bytes === undefined) await this.#judgeEnd(connection, failure);
		return bytes;
	}

	/** The bytes of a read that go to the reader. */
	#bytesIn(connection: Connection, result: Result): Uint8Array | undefined {
		const isCurrent = connection === this.#connections.current && !connection.isSilent;
		return isCurrent && result.done === false ? this.#take(connection, result.value) : undefined;
	}

	#take(connection: Connection, chunk: Uint8Array): Uint8Array | undefined {
		const bytes = connection.take(chunk);
		if (bytes.byteLength === 0) return undefined;
		if (!this.#resource.add(bytes.byteLength, connection)) {
			connection.close();
			throw this.#resource.errorOf(excess);
		}
		this.#resumption.attempts.reset();
		this.#isPulled = false;
		return bytes;
	}

	/** Decides what a read without bytes means: an end, a loss, or nothing. */
	async #judgeEnd(connection: Connection, failure: Failure | undefined): Promise<void> {
		if (connection !== this.#connections.current) return;
		if (connection.isSilent) {
			await this.#lose(connection, this.#connections.silenceFailure);
		} else if (failure === truncated && this.#resource.endsWith(connection)) {
			this.#resource.complete();
			this.#connections.current = undefined;
		} else if (failure !== undefined) {
			await this.#lose(connection, failure);
		}
	}

	// A loss during a pause is reported on resume.
	async #lose(connection: Connection, failure: Failure): Promise<void> {
		while (this.#pauses.isPaused) await this.#pauses.pauseEnd();
		if (connection !== this.#connections.current) return;
		connection.close();
		if (!this.resumable) throw this.#resource.errorOf(failure);
		this.#resumption.failure = failure;
		this.#connections.current = undefined;
	}

	// ---- The end

	finish(end: End): void {
		if (this.#ended !== undefined) return;
		this.#ended = end;
		this.#resumption.attempts.stop();
		this.#connections.end(end === 'completed');
		this.#pauses.end();
		this.#show();
	}

	async cancel(): Promise<void> {
		this.finish('stopped');
	}

	// The gate may still deliver what it keeps, and reports the end after that.
	leave(): void {}
}
