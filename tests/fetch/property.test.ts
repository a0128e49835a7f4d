// Any schedule of chunks, pauses, losses and changes: the bytes are those of one version, or a clear error.
import {expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import {PausableController} from 'pausable-signal';
import {pausableFetch, TransferError, type TransferState, transferOf} from 'pausable-signal/fetch';
import {expectNothingOn, flush, macrotask} from './kit.ts';
import {anyFate, anyHabits, Origin} from './origin.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 500);
const url = 'http://localhost/file';
const reason = {why: 'enough'};

type Action =
	| {do: 'read' | 'pause' | 'resume' | 'tick' | 'kill' | 'turn'}
	| {do: 'change'; size: number}
	| {do: 'wait'; turns: number};

const anyAction: fc.Arbitrary<Action> = fc.oneof(
	{weight: 6, arbitrary: fc.constant<Action>({do: 'read'})},
	{weight: 3, arbitrary: fc.record({do: fc.constant('wait' as const), turns: fc.nat(6)})},
	{weight: 2, arbitrary: fc.constant<Action>({do: 'turn'})},
	{weight: 2, arbitrary: fc.constantFrom<Action>({do: 'pause'}, {do: 'resume'})},
	{weight: 1, arbitrary: fc.constantFrom<Action>({do: 'tick'}, {do: 'kill'})},
	{weight: 1, arbitrary: fc.record({do: fc.constant('change' as const), size: fc.nat(150)})},
);

const anyRun = fc.record({
	habits: anyHabits,
	fates: fc.array(anyFate, {maxLength: 8}),
	size: fc.nat(150),
	/** Seconds between the first version and the first request. */
	age: fc.nat(2),
	actions: fc.array(anyAction, {maxLength: 40, size: 'max'}),
	options: fc.record({
		holdMs: fc.constantFrom(0, Infinity),
		buffer: fc.constantFrom(0, 20, Infinity),
		retry: fc.record({maxAttempts: fc.nat(3), baseMs: fc.constant(0)}),
	}),
	end: fc.constantFrom('read', 'read', 'abort', 'cancel', 'hop'),
});

/** One transfer, and what was read of it. */
class Reading {
	readonly controller: PausableController = new PausableController();
	readonly response: Response;
	bytes: Buffer = Buffer.alloc(0);
	isDone = false;
	failure: {readonly error: unknown} | undefined;
	readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
	readonly #pending = new Set<Promise<void>>();

	constructor(controller: PausableController, response: Response) {
		this.controller = controller;
		this.response = response;
		this.#reader = response.body!.getReader();
	}

	get isOver(): boolean {
		return this.isDone || this.failure !== undefined;
	}

	read(): void {
		const read = this.#reader.read().then(
			({done, value}) => {
				if (done) this.isDone = true;
				else this.bytes = Buffer.concat([this.bytes, value]);
			},
			(error: unknown) => void (this.failure ??= {error}),
		);
		this.#pending.add(read);
		void read.then(() => this.#pending.delete(read));
	}

	async rest(): Promise<void> {
		while (!this.isOver) {
			this.read();
			await Promise.all(this.#pending);
		}
	}

	/** A stream that has failed rejects with its failure. */
	async cancel(): Promise<void> {
		await this.#reader.cancel().catch((error: unknown) => expect(error).toBe(this.failure?.error));
	}
}

/** During a pause the body delivers nothing, and no request is sent. */
class Pause {
	readonly #origin: Origin;
	#length: number | undefined;
	#requests = 0;

	constructor(origin: Origin) {
		this.#origin = origin;
	}

	async begin(reading: Reading): Promise<void> {
		if (reading.controller.signal.paused) return;
		reading.controller.pause();
		this.#requests = this.#origin.requests;
		// What was handed over before takes a few turns to be seen.
		for (let turn = 0; turn < 3; turn++) await Promise.resolve();
		this.#length = reading.bytes.length;
	}

	end(reading: Reading): void {
		if (this.#length !== undefined) {
			expect(reading.bytes.length).toBe(this.#length);
			expect(this.#origin.requests).toBe(this.#requests);
		}
		this.#length = undefined;
		reading.controller.resume();
	}
}

async function begin(origin: Origin, options: object, from?: TransferState): Promise<Reading | undefined> {
	const controller = new PausableController();
	const init = {...options, signal: controller.signal, fetch: origin.fetch, from};
	try {
		return new Reading(controller, await pausableFetch(url, init));
	} catch (error) {
		expectNothingOn(controller.signal);
		if (from === undefined) expect((error as Error).message).toBe('fetch failed');
		else expect(error).toBeInstanceOf(TransferError);
		return undefined;
	}
}

function expectFailure(error: unknown, reading: Reading): void {
	expect(error).toBeInstanceOf(TransferError);
	const {offset, url: failedUrl} = error as TransferError;
	expect([offset, failedUrl]).toEqual([transferOf(reading.response)!.offset, url]);
}

test('a body is one version of the file, or its beginning and an error', async () => {
	await fc.assert(
		fc.asyncProperty(anyRun, async ({habits, fates, size, age, actions, options, end}) => {
			const origin = new Origin(habits, fates, size);
			for (let second = 0; second < age; second++) origin.tick();
			const reading = await begin(origin, options);
			if (reading === undefined || reading.response.status !== 200) {
				await reading?.rest();
				return;
			}
			const version = Buffer.from(origin.versions.at(-1)!.content);
			const pause = new Pause(origin);
			for (const action of actions) {
				if (action.do === 'read') reading.read();
				else if (action.do === 'wait')
					for (let turn = 0; turn < action.turns; turn++) await Promise.resolve();
				else if (action.do === 'turn') await macrotask();
				else if (action.do === 'change') origin.change(action.size);
				else if (action.do === 'pause') await pause.begin(reading);
				else if (action.do === 'resume') pause.end(reading);
				else origin[action.do]();
			}
			const transfer = transferOf(reading.response)!;
			if (end === 'abort') {
				reading.controller.abort(reason);
				reading.read();
				await flush();
				if (!reading.isDone && !(reading.failure?.error instanceof TransferError))
					expect(reading.failure?.error).toBe(reason);
			} else if (end === 'read') {
				pause.end(reading);
				await reading.rest();
				if (reading.isDone) expect(reading.bytes.equals(version)).toBe(true);
				else expectFailure(reading.failure!.error, reading);
			} else {
				await reading.cancel();
				await flush();
			}
			expect(reading.bytes.equals(version.subarray(0, reading.bytes.length))).toBe(true);
			expect(transfer.offset).toBe(reading.bytes.length);
			expect(transfer.state).toMatch(/^(completed|failed|stopped)$/);
			expectNothingOn(reading.controller.signal);
			await flush();
			expect(origin.open).toBe(0);

			const from = transfer.toJSON();
			if (end !== 'hop' || !transfer.resumable) return;
			const rest = await begin(origin, options, from);
			if (rest === undefined) return;
			await rest.rest();
			const both = Buffer.concat([reading.bytes, rest.bytes]);
			// From the beginning without a version to ask for, any will do.
			const wanted = from.offset === 0 ? origin.versions.map(({content}) => Buffer.from(content)) : [version];
			const isOne = wanted.some((content) =>
				rest.isDone ? both.equals(content) : both.equals(content.subarray(0, both.length)),
			);
			expect(isOne).toBe(true);
			if (rest.failure !== undefined) expectFailure(rest.failure.error, rest);
			await flush();
			expect(origin.open).toBe(0);
		}),
		{numRuns},
	);
});
