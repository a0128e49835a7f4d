// Random sequences of everything that can happen to an iteration, against a model of a few facts.
import {expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import {pausable, PausableController, type PausableIterator} from 'pausable-signal';
import {leftOn} from 'pausable-signal/testing';
import {flush, watched} from '../core/support.ts';
import {Deferred} from '../flow/kit.ts';

const failure = new Error('the source failed');
const end = {done: true, value: undefined} as const;

type Expected =
	| {state: 'pending'}
	| {state: 'resolved'; value: unknown}
	| {state: 'rejected'; reason: unknown};

interface Read {
	readonly seen: ReturnType<typeof watched>;
	expected: Expected;
}

/** A source whose items come when the test says so. */
class Source implements AsyncIterable<number> {
	pulls = 0;
	closed = 0;
	pulled: Deferred<IteratorResult<number>> | undefined;

	[Symbol.asyncIterator](): AsyncIterator<number> {
		return {
			next: () => {
				expect(this.pulled).toBeUndefined();
				this.pulls++;
				this.pulled = new Deferred();
				return this.pulled.promise;
			},
			return: async () => {
				this.closed++;
				return end;
			},
		};
	}
}

class World {
	readonly controller: PausableController = new PausableController();
	readonly source: Source = new Source();
	readonly items: PausableIterator<number> = pausable(this.controller.signal, this.source);
	readonly reads: Read[] = [];

	paused = false;
	aborted = false;
	/** The abort was not told to any read yet. */
	isNews = false;
	over = false;
	waiting: Read[] = [];
	/** The answers planned for the source, and those it has given. */
	given: Expected | undefined;
	arrived: Expected | undefined;
	pulls = 0;
	isPulling = false;
	closed = 0;
	made = 0;

	/** What happens whenever it is not paused. */
	look(): void {
		if (this.paused || this.over) return;
		if (this.arrived !== undefined && this.waiting.length > 0) {
			const arrived = this.arrived;
			this.arrived = undefined;
			(this.waiting.shift() as Read).expected = arrived;
			if (arrived.state === 'rejected' || (arrived.state === 'resolved' && arrived.value === end))
				this.finish();
		}
		if (!this.over && this.arrived === undefined && !this.isPulling && this.waiting.length > 0) {
			this.isPulling = true;
			this.pulls++;
		}
	}

	/** Its end, or its failure, has arrived and waits for the reader. */
	get hasEnded(): boolean {
		const {arrived} = this;
		return arrived?.state === 'rejected' || (arrived?.state === 'resolved' && arrived.value === end);
	}

	/** A source is closed, unless it has ended on its own. */
	close(): void {
		if (!this.hasEnded) this.closed++;
		this.finish();
	}

	finish(): void {
		this.over = true;
		for (const read of this.waiting.splice(0)) read.expected = {state: 'resolved', value: end};
	}

	give(answer: Expected): void {
		if (!this.isPulling || this.given !== undefined) return;
		this.given = answer;
		const {pulled} = this.source;
		this.source.pulled = undefined;
		if (answer.state === 'rejected') pulled?.reject(answer.reason);
		else if (answer.state === 'resolved') pulled?.resolve(answer.value as IteratorResult<number>);
	}
}

const commands = {
	read(world: World) {
		const read: Read = {seen: watched(world.items.next()), expected: {state: 'pending'}};
		world.reads.push(read);
		if (world.isNews) {
			world.isNews = false;
			read.expected = {state: 'rejected', reason: 'enough'};
		} else if (world.over) {
			read.expected = {state: 'resolved', value: end};
		} else {
			world.waiting.push(read);
			if (world.aborted) abort(world);
			else world.look();
		}
	},
	pause(world: World) {
		world.controller.pause();
		world.paused = !world.aborted;
	},
	resume(world: World) {
		world.controller.resume();
		world.paused = false;
	},
	abort(world: World) {
		if (world.aborted) return;
		world.controller.abort('enough');
		world.aborted = true;
		world.paused = false;
		// Before the first read nothing follows the signal: that read will find it aborted.
		if (!world.over && world.reads.length > 0) abort(world);
	},
	return(world: World) {
		void world.items.return();
		world.isNews = false;
		if (!world.over) world.close();
	},
	give: (world: World) => world.give({state: 'resolved', value: {done: false, value: world.made++}}),
	end: (world: World) => world.give({state: 'resolved', value: end}),
	fail: (world: World) => world.give({state: 'rejected', reason: failure}),
	async wait(world: World) {
		await flush();
		if (world.given !== undefined) {
			world.isPulling = false;
			if (!world.over) world.arrived = world.given;
			world.given = undefined;
		}
		world.look();
		check(world);
	},
};

function abort(world: World): void {
	const read = world.waiting.shift();
	if (read === undefined) world.isNews = true;
	else read.expected = {state: 'rejected', reason: 'enough'};
	world.close();
}

function check({reads, source, pulls, closed, over, controller}: World): void {
	expect(reads.map(({seen}) => seen)).toEqual(reads.map(({expected}) => expected));
	expect(source.pulls).toBe(pulls);
	expect(source.closed).toBe(closed);
	if (over) expect(leftOn(controller.signal).followers).toBe(0);
}

type Command = keyof typeof commands;
const often: readonly Command[] = ['read', 'give', 'pause', 'resume', 'wait'];
const command = fc.constantFrom(
	...often,
	...often,
	...often,
	...often,
	...(Object.keys(commands) as Command[]),
);

test('any sequence gives the items and ends of the model, and closes the source once', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(command, {maxLength: 50, size: 'max'}), async (sequence) => {
			const world = new World();
			for (const name of [...sequence, 'wait', 'return', 'wait'] as Command[]) {
				// Only `wait` gives promise jobs a turn: the others come in one tick.
				const waiting = commands[name](world);
				if (waiting !== undefined) await waiting;
			}
			expect(world.reads.filter(({seen}) => seen.state === 'pending')).toEqual([]);
		}),
		{numRuns: Number(process.env['PROPERTY_RUNS'] ?? 500)},
	);
});
