import {Connection} from './connection.ts';
import {type Failure, silent} from './failure.ts';
import {IdleClock} from './idle-clock.ts';
import type {Settings} from './options.ts';
import type {Requester} from './requester.ts';

/**
 * The connections of one transfer: at most one is open, and it is `current`. Code that waited for a
 * connection compares it with `current`, and ignores what an earlier one still brings.
 */
export class Connections {
	current: Connection | undefined;
	/** How many brought an answer. */
	opened = 0;
	/** The transfer has ended: no other connection will be opened. */
	isOver = false;
	readonly #requester: Requester;
	readonly #idle: IdleClock;
	readonly #idleTimeout: number;
	readonly #onChange: () => void;

	constructor(requester: Requester, {signal, idleTimeout}: Settings, onChange: () => void) {
		this.#requester = requester;
		this.#idle = new IdleClock(signal, idleTimeout);
		this.#idleTimeout = idleTimeout;
		this.#onChange = onChange;
	}

	/** Asks, and resolves with the answered connection. Rejects once the transfer has ended. */
	async open(range: Readonly<Record<string, string>>): Promise<Connection> {
		// An abort may come between the caller's last check and this call: nobody would close the connection.
		if (this.isOver) throw new Error('The transfer has ended');
		const connection = new Connection();
		this.current = connection;
		this.#onChange();
		await connection.open(this.#requester, range);
		this.opened++;
		return connection;
	}

	/** Its bytes continue where the transfer stands. */
	accept(connection: Connection): Connection {
		connection.isAccepted = true;
		this.#onChange();
		return connection;
	}

	/** We are waiting for a connection: calls back when nothing comes for too long. */
	beginWait(onSilence: () => void): void {
		this.#idle.begin(onSilence);
	}

	endWait(): void {
		this.#idle.end();
	}

	silence(connection: Connection): void {
		connection.isSilent = true;
		connection.close();
	}

	get silenceFailure(): Failure {
		return silent(this.#idleTimeout);
	}

	close(connection: Connection): void {
		connection.close();
		if (connection === this.current) this.current = undefined;
	}

	/** The transfer has ended; closes the connection, unless its body was read to the end. */
	end(isComplete: boolean): void {
		this.isOver = true;
		this.#idle.cancel();
		if (!isComplete) this.current?.close();
		this.current = undefined;
	}
}
