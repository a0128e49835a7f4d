/**
 * The state of a transfer, and the only place that changes it: reads one connection after the other
 * as one source of bytes.
 *
 * A pull reads the connection that there is; where there is none, it takes the transfer up with
 * another one first. A connection ends in two ways: `#drop()` gives it back during a pause, `#lose()`
 * finds it broken. Both leave none behind, so the next pull takes up.
 *
 * Invariants:
 *
 * 1. `position` is the place in the resource of the next byte that the network is to bring; `offset`
 *    the place up to which bytes were handed to the reader. What lies between them is kept by the
 *    gate in front of this source.
 * 2. Bytes at `position` are taken from a connection only after its answer was accepted: checked to
 *    be of the same version as the first one. A connection that does not go on there is closed.
 * 3. At most one connection is open, and it is `#connection`. What any other one still brings is not
 *    used: whoever waited for it compares.
 * 4. No request is sent while the signal is paused, and no failure is found then: a connection that
 *    died is looked at on resume. So whoever awaits something looks at `#hold` again before that.
 * 5. The phase follows from the facts; `#show()` is called when they have changed.
 * 6. After the end nothing is left: no connection, no timer, nothing on the signal; and the process
 *    may end.
 */
import {noteCheckpoint, reasonOf, restWhilePaused} from '../core/index.ts';
import {throwIfAborted} from '../flow/index.ts';
import type {ItemSource} from '../iterate/index.ts';
import {isWhole, judge, readFirst, type Verdict} from './answers.ts';
import {Attempts} from './attempts.ts';
import {Connection} from './connection.ts';
import type {TransferError} from './errors.ts';
import {errorOf, excess, type Failure, lost, silent, truncated} from './failure.ts';
import {Hold} from './hold.ts';
import {IdleClock} from './idle-clock.ts';
import {isUsable, type Settings, versionIn} from './options.ts';
import type {Requester} from './requester.ts';
import {type TransferFacts, type TransferPhase, type TransferState, TransferView} from './transfer.ts';
import {type Version, validatorsOf} from './version.ts';

type End = 'completed' | 'failed' | 'stopped';

/** What the body is preceded by. */
export interface Head {
	/** The answer; undefined where the resource turned out to be read completely. */
	readonly response: Response | undefined;
	/**
	 * `plain` where the caller's request was sent as it is; `whole` where all of the resource was asked
	 * for as a range; `rest` where the transfer goes on in the middle.
	 */
	readonly kind: 'plain' | 'whole' | 'rest';
}

type Result = IteratorResult<Uint8Array, unknown>;

const done: IteratorReturnResult<undefined> = {done: true, value: undefined};

// The end of a body is a fault, unless it is complete.
function faultIn(result: Result): Failure | undefined {
	return result.done === false ? undefined : truncated;
}

export class TransferSource implements ItemSource<Uint8Array>, TransferFacts {
	readonly view: TransferView = new TransferView(this);
	readonly #settings: Settings;
	readonly #requester: Requester;
	readonly #hold: Hold;
	readonly #idle: IdleClock;
	readonly #attempts: Attempts;

	offset = 0;
	total: number | undefined = undefined;
	#position = 0;
	/** Position behind the last byte of this body, when known. */
	#end: number | undefined;
	#version: Version = {etag: null, lastModified: null, isDateStrong: false};
	/** Why it cannot be taken up again. */
	#fault: string | undefined = 'nothing was answered yet';

	#connection: Connection | undefined;
	/** The one that the pull under way reads. */
	#reading!: Connection;
	/** How many connections brought an answer. */
	#opened = 0;
	/** The next bytes are asked for. */
	#isPulled = false;
	#hasBegun = false;
	#hasAll = false;
	/** Why the last connection, or attempt, came to nothing. */
	#failure: Failure = lost(undefined);
	#ended: End | undefined;

	constructor(requester: Requester, settings: Settings) {
		const {signal, holdMs, idleTimeout, from} = settings;
		this.#requester = requester;
		this.#settings = settings;
		this.#idle = new IdleClock(signal, idleTimeout);
		this.#attempts = new Attempts(settings);
		this.#hold = new Hold(signal, holdMs, {
			changed: () => this.#look(),
			abort: () => this.finish('stopped'),
		});
		if (from !== undefined && isUsable(from)) this.#goOnFrom(from);
	}

	#goOnFrom(state: TransferState): void {
		this.offset = this.#position = state.offset;
		this.total = this.#end = state.total ?? undefined;
		this.#version = versionIn(state);
		this.#fault = undefined;
	}

	// ---- What is told

	get phase(): TransferPhase {
		if (this.#ended !== undefined) return this.#ended;
		if (this.#hold.isOn) return this.#hasCome || this.#connection !== undefined ? 'held' : 'dropped';
		if (this.#hasCome || this.#connection?.isAccepted) return 'running';
		return this.#isPulled ? 'reconnecting' : 'dropped';
	}

	// The end itself may be still to be told.
	get #hasCome(): boolean {
		return this.#hasAll || (this.#hasBegun && this.#position === this.#end);
	}

	get resumable(): boolean {
		return this.#fault === undefined;
	}

	get reconnects(): number {
		return Math.max(0, this.#opened - 1);
	}

	toState(): TransferState {
		const {etag, lastModified, isDateStrong} = this.#version;
		return {
			url: this.#requester.url,
			offset: this.offset,
			total: this.total ?? null,
			etag,
			lastModified: isDateStrong ? lastModified : null,
		};
	}

	#show(): void {
		this.view.changed();
	}

	/** Bytes were handed to the reader. */
	delivered(bytes: number): void {
		this.offset += bytes;
		this.#show();
	}

	// ---- The first answer

	/** Sends the first request, and settles when its answer may be told. */
	async begin(): Promise<Head> {
		const {signal, from} = this.#settings;
		noteCheckpoint(signal);
		const moveOn = restWhilePaused(signal);
		try {
			const head = await (from === undefined || this.#fault !== undefined ? this.#ask() : this.#goOn());
			while (this.#hold.isOn) await this.#hold.opened();
			throwIfAborted(signal);
			return head;
		} catch (error) {
			while (this.#hold.isOn) await this.#hold.opened();
			this.finish(signal.aborted ? 'stopped' : 'failed');
			throw signal.aborted ? reasonOf(signal) : error;
		} finally {
			moveOn();
		}
	}

	async #ask(): Promise<Head> {
		while (this.#hold.isOn) await this.#hold.opened();
		throwIfAborted(this.#settings.signal);
		const response = await this.#askWhole();
		const {offset, end, total, version, fault} = readFirst(this.#requester, response);
		this.offset = this.#position = offset;
		this.#end = end;
		this.total = total;
		this.#version = version;
		this.#fault = fault;
		this.#look();
		if (response.status === 206 && this.#requester.asksByRange) return {response, kind: 'whole'};
		return {response, kind: this.#settings.from !== undefined && response.ok ? 'rest' : 'plain'};
	}

	async #askWhole(): Promise<Response> {
		if (this.#requester.asksByRange) {
			const connection = await this.#open({range: 'bytes=0-'});
			const {response} = connection;
			const isRefused = response.status === 416 || (response.status === 206 && !isWhole(response));
			if (!isRefused) return this.#accept(connection).response;
			connection.close();
			this.#opened--;
			while (this.#hold.isOn) await this.#hold.opened();
			throwIfAborted(this.#settings.signal);
		}
		return this.#accept(await this.#open({})).response;
	}

	async #goOn(): Promise<Head> {
		// The first request is none of those that are counted.
		this.#attempts.allowOne();
		this.#isPulled = true;
		const connection = await this.#takeUp();
		this.#isPulled = false;
		return {response: connection?.response, kind: 'rest'};
	}

	// ---- Connections

	async #open(range: Readonly<Record<string, string>>): Promise<Connection> {
		const connection = new Connection();
		this.#connection = connection;
		this.#show();
		await connection.open(this.#requester, range);
		this.#opened++;
		return connection;
	}

	#accept(connection: Connection): Connection {
		connection.isAccepted = this.#hasBegun = true;
		this.#show();
		return connection;
	}

	#look(): void {
		if (this.#hold.isLong && this.resumable) this.#drop();
		this.#show();
	}

	// A pause is no failure: the attempts begin anew after it.
	#drop(): void {
		if (this.#hasCome || this.#connection === undefined) return;
		this.#close(this.#connection);
		this.#attempts.allowOne();
	}

	#close(connection: Connection): void {
		connection.close();
		if (connection === this.#connection) this.#connection = undefined;
	}

	#silence(connection: Connection): void {
		connection.isSilent = true;
		connection.close();
	}

	// ---- Reading

	// The path that every byte takes: while a connection goes on, one promise and no more for each chunk.
	pull(): Promise<Result> {
		this.#isPulled = true;
		const connection = this.#connection;
		if (connection === undefined || connection.skip > 0) return this.#bring();
		this.#reading = connection;
		this.#idle.begin(this.#onSilence);
		return connection.read().then(this.#onResult, this.#onError);
	}

	readonly #onSilence = (): void => this.#silence(this.#reading);

	readonly #onResult = (result: Result): Result | Promise<Result> => {
		this.#idle.end();
		const connection = this.#reading;
		const bytes = this.#bytesIn(connection, result);
		return bytes === undefined ? this.#bringAfter(connection, faultIn(result)) : this.#answer(bytes);
	};

	readonly #onError = (error: unknown): Promise<Result> => {
		this.#idle.end();
		return this.#bringAfter(this.#reading, lost(error));
	};

	async #bringAfter(connection: Connection, failure: Failure | undefined): Promise<Result> {
		await this.#judgeEnd(connection, failure);
		return this.#bring();
	}

	/** The next bytes, from whatever connection brings them. */
	async #bring(): Promise<Result> {
		while (this.#ended === undefined && !this.#hasAll) {
			const connection = this.#connection ?? (await this.#takeUp());
			if (connection === undefined) continue;
			while (connection.skip > 0 && this.#hold.isOn) await this.#hold.opened();
			// A drop or an end may have come since it was there.
			if (connection !== this.#connection) continue;
			const bytes = await this.#readFrom(connection);
			if (bytes !== undefined) return this.#answer(bytes);
		}
		this.#isPulled = false;
		return done;
	}

	async #readFrom(connection: Connection): Promise<Uint8Array | undefined> {
		this.#idle.begin(() => this.#silence(connection));
		const {result, failure} = await connection.read().then(
			(result) => ({result, failure: faultIn(result)}),
			(error: unknown) => ({result: done, failure: lost(error)}),
		);
		this.#idle.end();
		const bytes = this.#bytesIn(connection, result);
		if (bytes === undefined) await this.#judgeEnd(connection, failure);
		return bytes;
	}

	#answer(bytes: Uint8Array): Result {
		this.#isPulled = false;
		return {done: false, value: bytes};
	}

	/** What a read brought that is to be handed on. */
	#bytesIn(connection: Connection, result: Result): Uint8Array | undefined {
		const goesOn = connection === this.#connection && !connection.isSilent;
		return goesOn && result.done === false ? this.#take(connection, result.value) : undefined;
	}

	/** What it means that a read brought nothing. */
	async #judgeEnd(connection: Connection, failure: Failure | undefined): Promise<void> {
		if (connection !== this.#connection) return;
		if (connection.isSilent) await this.#lose(connection, silent(this.#settings.idleTimeout));
		else if (failure === truncated && this.#isAll(connection)) this.#complete();
		else if (failure !== undefined) await this.#lose(connection, failure);
	}

	#take(connection: Connection, chunk: Uint8Array): Uint8Array | undefined {
		const bytes = connection.take(chunk);
		if (bytes.byteLength === 0) return undefined;
		if (this.#position + bytes.byteLength > Math.min(connection.limit, this.#end ?? Infinity)) {
			connection.close();
			throw this.#error(excess);
		}
		this.#position += bytes.byteLength;
		this.#attempts.reset();
		return bytes;
	}

	// A server that does not tell the total may still tell how far its part reaches.
	#isAll({skip, limit}: Connection): boolean {
		const end = this.#end ?? (limit === Infinity ? this.#position : limit);
		return skip === 0 && this.#position === end;
	}

	#complete(): undefined {
		this.#hasAll = true;
		this.#connection = undefined;
		if (this.#end === undefined && this.resumable) this.total = this.#end = this.#position;
	}

	// Found on resume, if it was lost during a pause.
	async #lose(connection: Connection, failure: Failure): Promise<void> {
		while (this.#hold.isOn) await this.#hold.opened();
		if (connection !== this.#connection) return;
		connection.close();
		if (!this.resumable) throw this.#error(failure);
		this.#failure = failure;
		this.#connection = undefined;
	}

	// ---- Taking up again

	/** A connection that goes on at the position; undefined when nothing is left to come. */
	async #takeUp(): Promise<Connection | undefined> {
		this.#show();
		for (;;) {
			while (this.#hold.isOn) await this.#hold.opened();
			if (this.#ended !== undefined) return undefined;
			if (this.#hasCome) return this.#complete();
			if (this.#attempts.areUsedUp) throw this.#error(this.#failure);
			await this.#attempts.next();
			const connection = await this.#attempt();
			if (connection !== undefined || this.#hasAll) return connection;
		}
	}

	/** An accepted connection, if this time there is one. */
	async #attempt(): Promise<Connection | undefined> {
		for (const validator of validatorsOf(this.#version)) {
			while (this.#hold.isOn) await this.#hold.opened();
			if (this.#ended !== undefined) return undefined;
			const connection = await this.#tryWith(validator);
			if (connection === undefined) return undefined;
			const verdict = this.#judge(connection, validator);
			if (verdict.kind === 'body') {
				connection.skip = verdict.skip;
				connection.limit = verdict.limit;
				this.total = this.#end = verdict.total;
				return this.#accept(connection);
			}
			this.#close(connection);
			if (verdict.kind === 'unmoved') continue;
			if (verdict.kind === 'complete') return this.#complete();
			if (verdict.kind === 'fail') throw this.#error(verdict);
			this.#attempts.delay(verdict.delayMs);
			this.#failure = {...verdict, code: 'ERR_CONNECTION_LOST'};
			return undefined;
		}
		return undefined;
	}

	/** A connection with an answer; undefined if none came, or a pause or an end was faster. */
	async #tryWith(validator: string): Promise<Connection | undefined> {
		const opening = this.#open({range: `bytes=${this.#position}-`, 'if-range': validator});
		const connection = this.#connection as Connection;
		this.#idle.begin(() => this.#silence(connection));
		const failure = await opening.then(() => undefined, lost);
		this.#idle.end();
		if (connection !== this.#connection) return undefined;
		if (failure === undefined && !connection.isSilent) return connection;
		this.#close(connection);
		this.#failure =
			failure === undefined || connection.isSilent ? silent(this.#settings.idleTimeout) : failure;
		return undefined;
	}

	#judge({response}: Connection, validator: string): Verdict {
		return judge(response, {
			position: this.#position,
			total: this.total,
			version: this.#version,
			validator,
		});
	}

	#error(failure: Failure): TransferError {
		const place = {url: this.#requester.url, offset: this.#position, total: this.total};
		return errorOf(failure, place, this.#fault ?? 'no attempt is left');
	}

	// ---- The end

	finish(end: End): void {
		if (this.#ended !== undefined) return;
		this.#ended = end;
		this.#idle.cancel();
		this.#attempts.stop();
		if (end !== 'completed') this.#connection?.close();
		this.#connection = undefined;
		this.#hold.end();
		this.#show();
	}

	async cancel(): Promise<void> {
		this.finish('stopped');
	}

	// What the gate keeps may still be delivered: the end is told by whoever delivers it.
	leave(): void {}
}
