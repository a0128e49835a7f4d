import {Attempts} from './attempts.ts';
import type {Connection} from './connection.ts';
import type {Connections} from './connections.ts';
import {type Failure, lost} from './failure.ts';
import type {Settings} from './options.ts';
import type {PauseWatch} from './pause-watch.ts';
import type {Resource} from './resource.ts';
import type {Verdict} from './answers.ts';
import {validatorsOf} from './version.ts';

/** Finds another connection for a transfer that has none, in as many attempts as are allowed. */
export class Resumption {
	readonly attempts: Attempts;
	/** Why the last connection or attempt failed. */
	failure: Failure = lost(undefined);
	readonly #resource: Resource;
	readonly #connections: Connections;
	readonly #pauses: PauseWatch;

	constructor(resource: Resource, connections: Connections, pauses: PauseWatch, settings: Settings) {
		this.attempts = new Attempts(settings);
		this.#resource = resource;
		this.#connections = connections;
		this.#pauses = pauses;
	}

	/** A connection that continues at the position; undefined when no byte is missing. */
	async connect(): Promise<Connection | undefined> {
		for (;;) {
			while (this.#pauses.isPaused) await this.#pauses.pauseEnd();
			if (this.#connections.isOver) return undefined;
			if (this.#resource.hasCome) return this.#complete();
			if (this.attempts.areUsedUp) throw this.#resource.errorOf(this.failure);
			await this.attempts.next();
			const connection = await this.#attempt();
			if (connection !== undefined || this.#resource.hasAll) return connection;
		}
	}

	/** An accepted connection, if this attempt succeeds. */
	async #attempt(): Promise<Connection | undefined> {
		for (const validator of validatorsOf(this.#resource.version)) {
			while (this.#pauses.isPaused) await this.#pauses.pauseEnd();
			if (this.#connections.isOver) return undefined;
			const connection = await this.#tryWith(validator);
			if (connection === undefined) return undefined;
			const verdict = this.#resource.judge(connection.response, validator);
			if (verdict.kind === 'body') return this.#accept(connection, verdict);
			this.#connections.close(connection);
			if (verdict.kind !== 'unmoved') return this.#giveUp(verdict);
		}
		return undefined;
	}

	/** A connection with an answer; undefined if none came, or if a pause or an end came first. */
	async #tryWith(validator: string): Promise<Connection | undefined> {
		const connections = this.#connections;
		const opening = connections.open({range: `bytes=${this.#resource.position}-`, 'if-range': validator});
		const connection = connections.current as Connection;
		connections.beginWait(() => connections.silence(connection));
		const failure = await opening.then(() => undefined, lost);
		connections.endWait();
		if (connection !== connections.current) return undefined;
		if (failure === undefined && !connection.isSilent) return connection;
		connections.close(connection);
		this.failure = failure === undefined || connection.isSilent ? connections.silenceFailure : failure;
		return undefined;
	}

	#accept(connection: Connection, {skip, limit, total}: Verdict & {kind: 'body'}): Connection {
		connection.skip = skip;
		connection.limit = limit;
		this.#resource.learnTotal(total);
		this.#resource.hasBegun = true;
		return this.#connections.accept(connection);
	}

	/** This attempt brought no body: throws if it was the last, else prepares the next. */
	#giveUp(verdict: Exclude<Verdict, {kind: 'body' | 'unmoved'}>): undefined {
		if (verdict.kind === 'complete') return this.#complete();
		if (verdict.kind === 'fail') throw this.#resource.errorOf(verdict);
		this.attempts.delay(verdict.delayMs);
		this.failure = {...verdict, code: 'ERR_CONNECTION_LOST'};
		return undefined;
	}

	#complete(): undefined {
		this.#resource.complete();
		this.#connections.current = undefined;
	}
}
