// Pauses, resumes, aborts and cancels at every microtask of a reading, and in any order with its source.
import {describe, expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import {PausableController} from 'pausable-signal';
import {pausableStream} from 'pausable-signal/streams';
import {expectNothingOn, flush, watched} from './kit.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 500);
const count = 6;
const reason = {why: 'enough'};

type Kind = 'default' | 'bytes' | 'iterator';

/** Numbers from 0 on, each when `turn` settles; what the source saw. */
class Source {
	pulls = 0;
	isAsked = false;
	readonly ends: unknown[] = [];
	readonly #turn: (label: string) => Promise<unknown>;

	constructor(turn: (label: string) => Promise<unknown>) {
		this.#turn = turn;
	}

	async #next(): Promise<number | undefined> {
		if (this.isAsked) throw new Error('asked twice at a time');
		this.isAsked = true;
		const number = this.pulls++;
		await this.#turn(`item ${number}`);
		this.isAsked = false;
		return number < count ? number : undefined;
	}

	open(kind: Kind): ReadableStream<unknown> | AsyncIterable<unknown> {
		if (kind === 'iterator') return this.#iterable();
		const isBytes = kind === 'bytes';
		const source = {
			...(isBytes ? {type: kind} : {}),
			pull: async (controller: ReadableStreamDefaultController<unknown>) => {
				const number = await this.#next();
				if (this.ends.length > 0) return;
				if (number === undefined) controller.close();
				else controller.enqueue(isBytes ? Uint8Array.of(number) : number);
			},
			cancel: (seen: unknown) => void this.ends.push(seen),
		};
		return new ReadableStream<unknown>(source as object, {highWaterMark: 0});
	}

	#iterable(): AsyncIterable<unknown> {
		const next = async (): Promise<IteratorResult<unknown>> => {
			const value = await this.#next();
			return value === undefined ? {done: true, value} : {done: false, value};
		};
		const end = async (): Promise<IteratorResult<unknown>> => {
			this.ends.push(undefined);
			return {done: true, value: undefined};
		};
		return {[Symbol.asyncIterator]: () => ({next, return: end})};
	}
}

/** A reader that always has two reads open, and what it got. */
class Reading {
	readonly controller: PausableController = new PausableController();
	readonly source: Source;
	readonly numbers: unknown[] = [];
	readonly outcomes: string[] = [];
	failure: unknown;
	#isCancelled = false;
	#atPause: {numbers: number; pulls: number} | undefined;
	readonly #reader: ReadableStreamDefaultReader<unknown>;

	constructor(kind: Kind, buffer: number, turn: (label: string) => Promise<unknown>) {
		this.source = new Source(turn);
		const stream = pausableStream<unknown>(this.controller.signal, this.source.open(kind), {buffer});
		this.#reader = stream.getReader();
		void this.#read();
		void this.#read();
	}

	async #read(): Promise<void> {
		while (this.outcomes.length === 0) {
			try {
				const {done, value} = await this.#reader.read();
				if (done) this.outcomes.push('done');
				else this.numbers.push(value instanceof Uint8Array ? value[0] : value);
			} catch (error) {
				this.failure = error;
				this.outcomes.push('failed');
			}
		}
	}

	pause(): void {
		this.controller.pause();
		if (this.controller.signal.aborted || this.#isCancelled) return;
		this.#atPause = {numbers: -1, pulls: this.source.pulls};
	}

	/** What was handed over before a pause takes a few turns to be seen; after that nothing may come. */
	look(buffer: number): void {
		if (this.#atPause === undefined || !this.controller.signal.paused) return;
		if (this.#atPause.numbers < 0) this.#atPause.numbers = this.numbers.length;
		expect(this.numbers.length).toBe(this.#atPause.numbers);
		if (buffer === 0) expect(this.source.pulls).toBe(this.#atPause.pulls);
	}

	resume(): void {
		this.#atPause = undefined;
		this.controller.resume();
	}

	abort(): void {
		this.#atPause = undefined;
		this.controller.abort(reason);
	}

	cancel(): void {
		this.#atPause = undefined;
		this.#isCancelled = true;
		void this.#reader.cancel(reason).catch(() => {});
	}

	/** All of it, or the beginning and one end, which the source hears of once. */
	expectEnd(kind: Kind): void {
		const isWhole = this.numbers.length === count;
		expect(this.numbers).toEqual([0, 1, 2, 3, 4, 5].slice(0, this.numbers.length));
		expect(new Set(this.outcomes).size).toBe(1);
		const [outcome] = this.outcomes;
		if (outcome === 'failed') expect(this.failure).toBe(reason);
		else if (!this.#isCancelled) expect(isWhole).toBe(true);
		expect(this.source.ends.length).toBeLessThanOrEqual(1);
		// One that was read ahead to its end needs none.
		const hasEnded = this.source.pulls > count && !this.source.isAsked;
		if (!isWhole && !hasEnded) expect(this.source.ends).toEqual([kind === 'iterator' ? undefined : reason]);
		expectNothingOn(this.controller);
	}
}

type Verb = 'pause' | 'resume' | 'abort' | 'cancel';
type Plan = readonly (readonly Verb[])[];

const plans: readonly Plan[] = [
	[['pause'], ['resume']],
	[['pause'], ['abort']],
	[['pause'], ['cancel']],
	[['pause'], ['resume', 'pause'], ['resume']],
	[['pause'], ['resume', 'abort']],
	[['pause'], ['resume', 'cancel']],
	[['pause', 'resume'], ['pause'], ['resume']],
	[['abort'], ['pause']],
	[['cancel'], ['abort']],
	[['abort', 'cancel'], ['resume']],
	[['cancel', 'pause'], ['abort']],
];

const kinds: readonly Kind[] = ['default', 'bytes', 'iterator'];

const isThorough = process.env['PROPERTY_RUNS'] !== undefined;
const steps = isThorough ? 30 : 12;
const distances = isThorough ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] : [0, 1, 3];

describe.each(kinds)('at every microtask: %s', (kind) => {
	test.each(plans.map((plan) => [plan.map((verbs) => verbs.join('+')).join(', then '), plan] as const))(
		'%s',
		async (_name, plan) => {
			for (const buffer of [0, 2])
				for (let first = 0; first < steps; first++)
					for (const distance of distances) {
						const reading = new Reading(kind, buffer, () => Promise.resolve());
						for (let step = 0; step <= first + distance * (plan.length - 1); step++) {
							const at = step - first;
							const verbs =
								at >= 0 && (distance === 0 || at % distance === 0) ? verbsAt(plan, at, distance) : [];
							for (const verb of verbs) reading[verb]();
							await Promise.resolve();
						}
						await flush();
						reading.look(buffer);
						reading.resume();
						await flush();
						await flush();
						reading.expectEnd(kind);
					}
		},
	);
});

/** All at once where there is no distance. */
function verbsAt(plan: Plan, at: number, distance: number): readonly Verb[] {
	if (distance === 0) return plan.flat();
	return plan[at / distance] ?? [];
}

test('pauses, reads and aborts work in any order with the answers of the source', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.scheduler(),
			fc.constantFrom(...kinds),
			fc.constantFrom(0, 2, Infinity),
			fc.array(fc.constantFrom<Verb>('pause', 'resume', 'pause', 'resume', 'abort', 'cancel'), {
				maxLength: 6,
			}),
			async (scheduler, kind, buffer, verbs) => {
				const reading = new Reading(kind, buffer, (label) => scheduler.schedule(Promise.resolve(), label));
				scheduler.scheduleSequence(
					verbs.map((verb) => ({
						label: verb,
						builder: async () => {
							reading[verb]();
							await flush();
							reading.look(buffer);
						},
					})),
				);
				const over = watched(
					(async () => {
						while (reading.outcomes.length === 0) {
							await flush();
							if (scheduler.count() > 0) await scheduler.waitOne();
							reading.look(buffer);
							if (scheduler.count() === 0) reading.resume();
						}
					})(),
				);
				for (let turn = 0; turn < 200 && over.state === 'pending'; turn++) await flush();
				expect(over).toMatchObject({state: 'resolved'});
				await scheduler.waitAll();
				await flush();
				reading.expectEnd(kind);
			},
		),
		{numRuns},
	);
});
