/**
 * The state of a transfer, and the only place that changes it: reads one connection after the other
 * as one source of bytes.
 *
 * Invariants:
 *
 * 1. `position` is the place in the resource of the next byte that the network is to bring; `offset`
 *    the place up to which bytes were handed to the reader. What lies between them is kept by the
 *    gate in front of this source.
 * 2. Bytes at `position` are taken from a connection only after its answer was checked to be of the
 *    same version as the first one. A connection that does not go on there is closed.
 * 3. At most one connection is open. Once a connection is closed, by whomever, nothing that it still
 *    brings is used.
 * 4. No request is sent while the signal is paused, and no failure is found then: a connection that
 *    died is looked at on resume.
 * 5. The phase follows from the facts; `#show()` tells when they have changed.
 * 6. After the end nothing is left: no connection, no timer, nothing on the signal; and the process
 *    may end.
 */
import {follow, Gate, isPaused, notePass, restWhilePaused, Timer} from '../core/index.ts';
import type {ItemSource} from '../iterate/index.ts';
import {keepAlive} from '../task/index.ts';
import {isWhole, judge, readFirst, type Verdict} from './answers.ts';
import {Attempts} from './attempts.ts';
import {Connection} from './connection.ts';
import {TransferError, type TransferErrorCode} from './errors.ts';
import {IdleClock} from './idle-clock.ts';
import {type Settings, versionIn} from './options.ts';
import type {Requester} from './requester.ts';
import {type TransferFacts, type TransferPhase, type TransferState, TransferView} from './transfer.ts';
import {type Version, validatorsOf} from './version.ts';

type End = 'completed' | 'failed' | 'stopped';

interface Failure {
	readonly code: TransferErrorCode;
	readonly fault: string;
	readonly status?: number | undefined;
	readonly cause?: unknown;
}

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

const done: IteratorReturnResult<undefined> = {done: true, value: undefined};
const nothing = (): void => {};

export class TransferSource implements ItemSource<Uint8Array>, TransferFacts {
	readonly view: TransferView = new TransferView(this);
	readonly #settings: Settings;
	readonly #signal: AbortSignal;
	readonly #requester: Requester;
	readonly #gate: Gate;
	readonly #idle: IdleClock;
	readonly #attempts: Attempts;
	#unfollow: () => void = nothing;
	#letProcessEnd: (() => void) | undefined;
	#holdTimer: Timer | undefined;

	offset = 0;
	total: number | undefined = undefined;
	#position = 0;
	/** Position behind the last byte of this body, when known. */
	#end: number | undefined;
	#version: Version = {etag: null, lastModified: null, isDateStrong: false};
	/** Why it cannot be taken up again. */
	#fault: string | undefined = 'nothing was answered yet';

	#connection: Connection | undefined;
	#opened = 0;
	#isTakingUp = false;
	#hasAll = false;
	#failure: Failure | undefined;
	#ended: End | undefined;

	constructor(requester: Requester, settings: Settings) {
		const {signal, idleTimeout, from} = settings;
		this.#requester = requester;
		this.#settings = settings;
		this.#signal = signal;
		this.#idle = new IdleClock(signal, idleTimeout);
		this.#attempts = new Attempts(settings);
		this.#gate = new Gate(!isPaused(signal));
		if (from !== undefined) {
			this.#goOnFrom(from);
			this.#fault = undefined;
			// The first request is none of those that are counted.
			this.#attempts.free();
		}
		this.#unfollow = follow(signal, {
			pause: () => this.#look(),
			resume: () => this.#look(),
			abort: () => this.finish('stopped'),
		});
		this.#look();
	}

	#goOnFrom(state: TransferState): void {
		this.offset = this.#position = state.offset;
		this.total = this.#end = state.total ?? undefined;
		this.#version = versionIn(state);
	}

	// ---- What is told

	get phase(): TransferPhase {
		if (this.#ended !== undefined) return this.#ended;
		const isOpen = this.#connection !== undefined || this.#hasAll;
		if (isPaused(this.#signal)) return isOpen ? 'held' : 'dropped';
		if (this.#isTakingUp) return 'reconnecting';
		return isOpen ? 'running' : 'dropped';
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

	// ---- Pausing

	#look(): void {
		if (this.#ended !== undefined) return;
		if (isPaused(this.#signal)) {
			this.#gate.close();
			this.#letProcessEnd ??= keepAlive();
			this.#startHold();
		} else {
			this.#endHold();
			this.#letProcessEnd?.();
			this.#letProcessEnd = undefined;
			this.#gate.open();
		}
		this.#show();
	}

	#startHold(): void {
		const {holdMs} = this.#settings;
		if (!this.resumable || this.#holdTimer !== undefined) return;
		if (holdMs === 0) this.#drop();
		else this.#holdTimer = new Timer(() => this.#drop(), holdMs);
	}

	#endHold(): void {
		this.#holdTimer?.cancel();
		this.#holdTimer = undefined;
	}

	#drop(): void {
		if (this.#hasAll || this.#connection === undefined) return;
		this.#connection.close();
		this.#connection = undefined;
		this.#attempts.free();
		this.#show();
	}

	// Level-triggered: who was let through looks again.
	async #whenOpen(): Promise<void> {
		while (isPaused(this.#signal) && this.#ended === undefined) await this.#gate.wait();
	}

	// ---- The first answer

	/** Sends the first request, and settles when its answer may be told. */
	async begin(): Promise<Head> {
		notePass(this.#signal);
		const moveOn = restWhilePaused(this.#signal);
		try {
			const head = await (this.#settings.from === undefined ? this.#ask() : this.#goOn());
			await this.#whenOpen();
			this.#throwIfStopped();
			return head;
		} catch (error) {
			this.#throwIfStopped();
			this.finish('failed');
			throw error;
		} finally {
			moveOn();
		}
	}

	#throwIfStopped(): void {
		if (this.#signal.aborted) throw this.#signal.reason;
	}

	async #ask(): Promise<Head> {
		await this.#whenOpen();
		this.#throwIfStopped();
		const response = await this.#askWhole();
		const {offset, end, total, version, fault} = readFirst(this.#requester, response);
		this.offset = this.#position = offset;
		this.#end = end;
		this.total = total;
		this.#version = version;
		this.#fault = fault;
		this.#look();
		const kind = this.#requester.asksByRange && response.status === 206 ? 'whole' : 'plain';
		return {response, kind};
	}

	async #askWhole(): Promise<Response> {
		if (this.#requester.asksByRange) {
			const response = await this.#open({range: 'bytes=0-'});
			const isRefused = response.status === 416 || (response.status === 206 && !isWhole(response));
			if (!isRefused) return response;
			this.#connection?.close();
			this.#opened--;
			await this.#whenOpen();
			this.#throwIfStopped();
		}
		return this.#open({});
	}

	async #goOn(): Promise<Head> {
		const connection = await this.#takeUp();
		this.#throwIfStopped();
		return {response: connection?.response, kind: 'rest'};
	}

	async #open(range: Readonly<Record<string, string>>): Promise<Response> {
		const connection = new Connection();
		this.#connection = connection;
		this.#show();
		const response = await connection.open(this.#requester, range);
		this.#opened++;
		return response;
	}

	// ---- Reading

	async pull(): Promise<IteratorResult<Uint8Array, unknown>> {
		while (this.#ended === undefined) {
			const connection = this.#connection ?? (await this.#takeUp());
			if (connection === undefined) break;
			const result = await this.#read(connection);
			if (result !== undefined) return result;
		}
		return done;
	}

	/** Takes what the connection brings; undefined where that is nothing to be delivered. */
	async #read(connection: Connection): Promise<IteratorResult<Uint8Array, unknown> | undefined> {
		if (connection.skip > 0) await this.#whenOpen();
		let result: IteratorResult<Uint8Array, unknown> | undefined;
		let failure: Failure = {code: 'ERR_TRUNCATED', fault: 'the server ended the body'};
		try {
			this.#idle.begin(() => this.#silence(connection));
			result = await connection.read();
		} catch (error) {
			failure = this.#failureOf(connection, error);
		}
		this.#idle.end();
		if (connection !== this.#connection) return undefined;
		if (result !== undefined) {
			if (!result.done) return this.#take(connection, result.value);
			if (connection.skip === 0 && (this.#end === undefined || this.#position === this.#end))
				return this.#complete();
		}
		await this.#lose(connection, failure);
		return undefined;
	}

	#silence(connection: Connection): void {
		connection.isSilent = true;
		connection.close();
	}

	#failureOf(connection: Connection, cause: unknown): Failure {
		if (!connection.isSilent) return {code: 'ERR_CONNECTION_LOST', fault: 'the connection was lost', cause};
		const fault = `nothing came for ${this.#settings.idleTimeout} ms`;
		return {code: 'ERR_IDLE_TIMEOUT', fault};
	}

	#take(connection: Connection, chunk: Uint8Array): IteratorResult<Uint8Array> | undefined {
		const bytes = connection.skip > 0 ? skip(connection, toBytes(chunk)) : toBytes(chunk);
		if (bytes.byteLength === 0) return undefined;
		this.#position += bytes.byteLength;
		if (this.#position > Math.min(connection.limit, this.#end ?? Infinity)) {
			connection.close();
			throw this.#error({code: 'ERR_BAD_RANGE', fault: 'the server sent more bytes than there are'});
		}
		this.#attempts.reset();
		return {done: false, value: bytes};
	}

	#complete(): IteratorReturnResult<undefined> {
		this.#hasAll = true;
		if (this.#end === undefined && this.resumable) this.total = this.#end = this.#position;
		return done;
	}

	// Found on resume, if it was lost during a pause.
	async #lose(connection: Connection, failure: Failure): Promise<void> {
		await this.#whenOpen();
		if (this.#ended !== undefined || connection !== this.#connection) return;
		connection.close();
		this.#failure = failure;
		if (!this.resumable) throw this.#error(failure);
		this.#connection = undefined;
		this.#show();
	}

	// ---- Taking up again

	/** A connection that goes on at the position; undefined when nothing is left to come. */
	async #takeUp(): Promise<Connection | undefined> {
		this.#isTakingUp = true;
		this.#show();
		try {
			for (;;) {
				await this.#whenOpen();
				if (this.#ended !== undefined) return undefined;
				if (this.#hasComeToItsEnd) return void this.#complete();
				if (this.#attempts.areUsedUp) throw this.#error(this.#failure);
				await this.#attempts.next();
				await this.#whenOpen();
				if (this.#ended !== undefined) return undefined;
				const verdict = await this.#attempt();
				if (verdict === 'complete') return void this.#complete();
				if (verdict !== undefined) return verdict;
			}
		} finally {
			this.#isTakingUp = false;
			this.#show();
		}
	}

	get #hasComeToItsEnd(): boolean {
		return this.#opened > 0 && this.#position === this.#end;
	}

	async #attempt(): Promise<Connection | 'complete' | undefined> {
		for (const validator of validatorsOf(this.#version)) {
			const verdict = await this.#tryWith(validator);
			const connection = this.#connection;
			if (verdict === undefined || this.#ended !== undefined) return undefined;
			if (verdict.kind === 'body' && connection !== undefined) {
				connection.skip = verdict.skip;
				connection.limit = verdict.limit;
				this.total = this.#end = verdict.total;
				return connection;
			}
			connection?.close();
			this.#connection = undefined;
			if (verdict.kind === 'complete') return 'complete';
			if (verdict.kind === 'fail') throw this.#error(verdict);
			if (verdict.kind === 'again') {
				this.#failure = {...verdict, code: 'ERR_CONNECTION_LOST'};
				return undefined;
			}
			await this.#whenOpen();
			if (this.#ended !== undefined) return undefined;
		}
		return undefined;
	}

	/** Asks once; undefined where no answer came. */
	async #tryWith(validator: string): Promise<Verdict | undefined> {
		const opening = this.#open({range: `bytes=${this.#position}-`, 'if-range': validator});
		const connection = this.#connection as Connection;
		this.#idle.begin(() => this.#silence(connection));
		try {
			const response = await opening;
			this.#idle.end();
			if (connection !== this.#connection) return this.#dropped();
			return judge(response, {
				position: this.#position,
				total: this.total,
				version: this.#version,
				validator,
			});
		} catch (error) {
			this.#idle.end();
			if (connection !== this.#connection) return this.#dropped();
			this.#failure = this.#failureOf(connection, error);
			this.#connection = undefined;
			return undefined;
		}
	}

	// A pause ended the attempt: that is no failure of its own.
	#dropped(): undefined {
		this.#attempts.takeBack();
	}

	#error(failure: Failure | undefined): TransferError {
		const {code, fault, status, cause} = failure ?? {
			code: 'ERR_CONNECTION_LOST',
			fault: 'the connection was lost',
		};
		const {url} = this.#requester;
		const isLost = code === 'ERR_CONNECTION_LOST' || code === 'ERR_TRUNCATED' || code === 'ERR_IDLE_TIMEOUT';
		const why = this.#fault ?? 'no attempt is left';
		const message = isLost ? `${fault}; it cannot be taken up again: ${why}` : fault;
		return new TransferError(code, message, {url, offset: this.#position, total: this.total, status, cause});
	}

	// ---- The end

	finish(end: End): void {
		if (this.#ended !== undefined) return;
		this.#ended = end;
		this.#unfollow();
		this.#endHold();
		this.#idle.cancel();
		this.#attempts.stop();
		if (end !== 'completed') this.#connection?.close();
		this.#connection = undefined;
		this.#gate.open();
		this.#letProcessEnd?.();
		this.#show();
	}

	async cancel(): Promise<void> {
		this.finish('stopped');
	}

	// What the gate keeps may still be delivered: the end is told by whoever delivers it.
	leave(): void {}
}

function toBytes(chunk: ArrayBufferView | Uint8Array): Uint8Array {
	if (chunk instanceof Uint8Array) return chunk;
	return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

function skip(connection: Connection, bytes: Uint8Array): Uint8Array {
	const skipped = Math.min(connection.skip, bytes.byteLength);
	connection.skip -= skipped;
	return bytes.subarray(skipped);
}
