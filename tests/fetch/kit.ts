// What the tests of transfers share: a server each, a reader that compares with the file, a clock.
import {afterEach, beforeEach, expect, jest} from '@jest/globals';
import {setImmediate} from 'node:timers/promises';
import {PausableController} from 'pausable-signal';
import {pausableFetch, type PausableInit, type Transfer, transferOf} from 'pausable-signal/fetch';
import {leftOn} from 'pausable-signal/testing';
import {HostileServer, type HostileServerOptions} from '../support/hostile-server.ts';

export {flush, macrotask, reasons, watched} from '../core/support.ts';
export {HostileServer, never, sha256} from '../support/hostile-server.ts';

const servers = new Set<HostileServer>();

afterEach(async () => {
	await Promise.all([...servers].map((server) => server[Symbol.asyncDispose]()));
	servers.clear();
});

/** A server that is closed after the test. */
export async function serve(options?: HostileServerOptions): Promise<HostileServer> {
	const server = await HostileServer.start(options);
	servers.add(server);
	return server;
}

/** Waits, without a time, until something holds. */
export async function until(holds: () => boolean): Promise<void> {
	while (!holds()) await setImmediate();
}

/** Waits for bytes in flight. Only for tests that expect nothing, as no event marks that. */
export async function settle(): Promise<void> {
	for (let turn = 0; turn < 20; turn++) await setImmediate();
}

/** One transfer under test, with a controller of its own. */
export class Run {
	readonly server: HostileServer;
	readonly controller: PausableController;
	readonly response: Response;
	/** Each state that was told of, after the first one. */
	readonly states: string[] = [];
	readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
	readonly #chunks: Uint8Array[] = [];

	constructor(server: HostileServer, controller: PausableController, response: Response) {
		this.server = server;
		this.controller = controller;
		this.response = response;
		this.#reader = response.body!.getReader();
		this.transfer.addEventListener('statechange', () => this.states.push(this.transfer.state));
	}

	get transfer(): Transfer {
		return transferOf(this.response)!;
	}

	/** All that was read so far. */
	get bytes(): Buffer {
		return Buffer.concat(this.#chunks);
	}

	/** Reads one chunk; false at the end. */
	async read(): Promise<boolean> {
		const {done, value} = await this.#reader.read();
		if (value !== undefined) this.#chunks.push(value);
		return !done;
	}

	/** Reads this many bytes, or some more. */
	async readTo(bytes: number): Promise<void> {
		while (this.bytes.length < bytes) await this.read();
	}

	/** Reads to the end. */
	async rest(): Promise<Buffer> {
		while (await this.read());
		return this.bytes;
	}

	/** What the body fails with. */
	async failure(): Promise<unknown> {
		return this.rest().then(
			() => undefined,
			(error: unknown) => error,
		);
	}

	cancel(reason?: unknown): Promise<void> {
		return this.#reader.cancel(reason);
	}

	/** Reads to the end, and expects exactly the file's first version. */
	async expectWhole(version = 1): Promise<void> {
		expect(this.server.versionOf(await this.rest())).toBe(version);
		expect(this.transfer).toMatchObject({state: 'completed', offset: this.bytes.length});
		await this.expectNothingLeft();
	}

	/** Nothing of it is on the signal, in the server or among the timers. */
	async expectNothingLeft(): Promise<void> {
		await until(() => this.server.openAnswers === 0);
		expectNothingOn(this.controller.signal);
	}
}

/** Begins a transfer. */
export async function run(server: HostileServer, init?: PausableInit): Promise<Run> {
	const controller = new PausableController();
	return new Run(server, controller, await pausableFetch(server.url, {signal: controller.signal, ...init}));
}

export function expectNothingOn(signal: AbortSignal): void {
	expect(leftOn(signal).followers).toBe(0);
}

/**
 * Has each test of a file run on a clock of its own; sockets run on. No timer may be left at the end of
 * a test.
 */
export function useFakeClock(): void {
	beforeEach(() => {
		jest.useFakeTimers({doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate']});
	});
	afterEach(() => {
		const left = jest.getTimerCount();
		jest.useRealTimers();
		expect(left).toBe(0);
	});
}

/** Lets this many milliseconds pass on that clock. */
export async function pass(ms: number): Promise<void> {
	await jest.advanceTimersByTimeAsync(ms);
}

/** Waits until something holds, while timers that are due run. */
export async function passUntil(holds: () => boolean): Promise<void> {
	while (!holds()) {
		await setImmediate();
		await pass(1);
	}
}
