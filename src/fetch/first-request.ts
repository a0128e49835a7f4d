import {throwIfAborted} from '../flow/index.ts';
import {isWhole, readFirst} from './answers.ts';
import type {Connection} from './connection.ts';
import type {Connections} from './connections.ts';
import type {Settings} from './options.ts';
import type {PauseWatch} from './pause-watch.ts';
import type {Requester} from './requester.ts';
import type {Resource} from './resource.ts';

/** The answer that comes before the body. */
export interface Head {
	/** The answer; undefined when no byte was left to ask for. */
	readonly response: Response | undefined;
	/**
	 * `plain`: the caller's request was sent as it is. `whole`: the request asked for all of the resource
	 * as a range. `rest`: the transfer continues in the middle.
	 */
	readonly kind: 'plain' | 'whole' | 'rest';
}

/** Sends the first request of a transfer, and learns from its answer. */
export class FirstRequest {
	readonly #requester: Requester;
	readonly #settings: Settings;
	readonly #resource: Resource;
	readonly #connections: Connections;
	readonly #pauses: PauseWatch;

	constructor(
		requester: Requester,
		settings: Settings,
		resource: Resource,
		connections: Connections,
		pauses: PauseWatch,
	) {
		this.#requester = requester;
		this.#settings = settings;
		this.#resource = resource;
		this.#connections = connections;
		this.#pauses = pauses;
	}

	async ask(): Promise<Head> {
		await this.#whenResumed();
		const response = await this.#askWhole();
		this.#resource.learnFirst(readFirst(this.#requester, response));
		if (response.status === 206 && this.#requester.asksByRange) return {response, kind: 'whole'};
		return {response, kind: this.#settings.from !== undefined && response.ok ? 'rest' : 'plain'};
	}

	async #askWhole(): Promise<Response> {
		if (this.#requester.asksByRange) {
			const connection = await this.#connections.open({range: 'bytes=0-'});
			const {response} = connection;
			const isRefused = response.status === 416 || (response.status === 206 && !isWhole(response));
			if (!isRefused) return this.#accept(connection);
			connection.close();
			this.#connections.opened--;
			await this.#whenResumed();
		}
		return this.#accept(await this.#connections.open({}));
	}

	#accept(connection: Connection): Response {
		this.#resource.hasBegun = true;
		return this.#connections.accept(connection).response;
	}

	async #whenResumed(): Promise<void> {
		while (this.#pauses.isPaused) await this.#pauses.pauseEnd();
		throwIfAborted(this.#settings.signal);
	}
}
