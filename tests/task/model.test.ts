// Random sequences of everything that can happen to a task, against a model that is a few facts long.
import {expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import {PausableController, type PauseHold, type Task, type TaskState} from 'pausable-signal';
import {Deferred, flush, start, statesOf, watched} from './kit.ts';

const failure = new Error('it failed');

/** What the function of the task is told to do next, each time its work is done. */
type Order = 'checkpoint' | 'return' | 'throw';

/** A promise that was handed out, and what the model expects of it. */
interface Answer {
	readonly seen: ReturnType<typeof watched>;
	expected: {state: 'pending'} | {state: 'resolved'; value: unknown} | {state: 'rejected'; reason: unknown};
}

const pending = {state: 'pending'} as const;
const resolved = (value: unknown) => ({state: 'resolved', value}) as const;
const rejected = (reason: unknown) => ({state: 'rejected', reason}) as const;

/** Where the function is. */
type Place = 'before' | 'working' | 'waiting' | 'ended';

class Model {
	place: Place;
	order: Order | undefined;
	returned = false;
	ownPause = false;
	holds = 0;
	parentPaused: boolean;
	reason: {readonly value: unknown} | undefined;
	end: 'completed' | 'failed' | 'stopped' | undefined;
	state: TaskState;
	readonly states: TaskState[] = [];
	readonly pauses: Answer[] = [];
	readonly stops: Answer[] = [];
	readonly joins: Answer[] = [];

	constructor(parentPaused: boolean) {
		this.parentPaused = parentPaused;
		this.place = parentPaused ? 'before' : 'working';
		this.state = parentPaused ? 'pausing' : 'running';
	}

	get paused(): boolean {
		return this.reason === undefined && (this.ownPause || this.holds > 0 || this.parentPaused);
	}

	enter(state: TaskState): void {
		if (state === this.state) return;
		this.state = state;
		this.states.push(state);
		if (state === 'paused') this.answer(this.pauses, resolved(true));
		if (state === 'running') this.answer(this.pauses, resolved(false));
	}

	answer(answers: Answer[], expected: Answer['expected']): void {
		for (const answer of answers.splice(0)) answer.expected = expected;
	}

	/** What is known at once. */
	look(): void {
		if (this.end !== undefined) return;
		if (this.reason !== undefined) this.enter('stopping');
		else if (!this.paused) this.enter('running');
		else if (this.state === 'running') this.enter('pausing');
	}

	/** What the function does once it can. */
	run(): void {
		if (this.place === 'working' && this.order !== undefined) this.obey(this.order);
		if (this.place === 'before' || this.place === 'waiting') this.checkpoint();
		if (this.end === undefined && this.paused) {
			this.enter(this.place === 'working' ? 'pausing' : 'paused');
		}
	}

	obey(order: Order): void {
		this.order = undefined;
		if (order === 'checkpoint') this.place = 'waiting';
		else if (order === 'throw') this.finish('failed');
		else this.returnValue();
	}

	returnValue(): void {
		this.returned = true;
		this.finish(this.reason === undefined ? 'completed' : 'stopped');
	}

	checkpoint(): void {
		if (this.reason !== undefined) this.finish('stopped');
		else if (!this.paused) this.place = 'working';
	}

	finish(end: 'completed' | 'failed' | 'stopped'): void {
		this.place = 'ended';
		this.end = end;
		// Nothing is held any more.
		this.ownPause = false;
		this.holds = 0;
		this.state = end;
		this.states.push(end);
		this.answer(this.pauses, resolved(true));
		this.answer(this.stops, end === 'failed' ? rejected(failure) : resolved(undefined));
		this.answer(this.joins, resolved(true));
	}
}

class Real {
	readonly parent: PausableController = new PausableController();
	readonly held: PauseHold[] = [];
	readonly task: Task<string>;
	readonly states: TaskState[];
	readonly result: ReturnType<typeof watched>;
	work: Deferred<Order> = new Deferred();

	constructor(parentPaused: boolean) {
		if (parentPaused) this.parent.pause();
		this.task = start(
			async ({signal}) => {
				for (;;) {
					const order = await this.work.promise;
					this.work = new Deferred();
					if (order === 'return') return 'value';
					if (order === 'throw') throw failure;
					await signal.checkpoint();
				}
			},
			{signal: this.parent.signal},
		);
		this.states = statesOf(this.task);
		this.result = watched(this.task.result);
	}
}

interface World {
	readonly model: Model;
	readonly real: Real;
	readonly answers: Answer[];
}

function expectLater(world: World, promise: Promise<unknown>, list: Answer[]): void {
	const answer: Answer = {seen: watched(promise), expected: pending};
	world.answers.push(answer);
	list.push(answer);
}

function expectNow(world: World, promise: Promise<unknown>, value: unknown): void {
	world.answers.push({seen: watched(promise), expected: resolved(value)});
}

const commands = {
	pause(world: World) {
		const {model, real} = world;
		const answer = real.task.pause();
		if (model.end === undefined) model.ownPause ||= model.reason === undefined;
		model.look();
		if (model.end !== undefined || model.state === 'paused') expectNow(world, answer, true);
		else expectLater(world, answer, model.pauses);
	},
	resume({model, real}: World) {
		const changes = model.ownPause && model.reason === undefined;
		expect(real.task.resume()).toBe(changes);
		model.ownPause = false;
		model.look();
	},
	hold({model, real}: World) {
		real.held.push(real.task.hold('held'));
		if (model.reason === undefined && model.end === undefined) model.holds++;
		model.look();
	},
	release({model, real}: World) {
		const hold = real.held.shift();
		if (hold === undefined) return;
		hold.release();
		model.holds = Math.max(0, model.holds - 1);
		model.look();
	},
	pauseParent({model, real}: World) {
		model.parentPaused = !real.parent.signal.aborted;
		real.parent.pause();
		model.look();
	},
	resumeParent({model, real}: World) {
		model.parentPaused = false;
		real.parent.resume();
		model.look();
	},
	abortParent({model, real}: World) {
		real.parent.abort('parent');
		if (model.end === undefined) model.reason ??= {value: 'parent'};
		model.look();
	},
	stop(world: World) {
		const {model, real} = world;
		const answer = real.task.stop('stopped');
		if (model.end !== undefined) return expectNow(world, answer, undefined);
		model.reason ??= {value: 'stopped'};
		model.look();
		return expectLater(world, answer, model.stops);
	},
	join(world: World) {
		const answer = world.real.task.join();
		if (world.model.end !== undefined) expectNow(world, answer, true);
		else expectLater(world, answer, world.model.joins);
	},
	reachCheckpoint: (world: World) => give(world, 'checkpoint'),
	returnValue: (world: World) => give(world, 'return'),
	throwError: (world: World) => give(world, 'throw'),
	async wait(world: World) {
		await flush();
		world.model.run();
		check(world);
	},
};

/** The function takes an order only where it works, and one at a time. */
function give({model, real}: World, order: Order): void {
	if (model.place !== 'working' || model.order !== undefined) return;
	model.order = order;
	real.work.resolve(order);
}

function check({model, real, answers}: World): void {
	expect(real.task.state).toBe(model.state);
	expect(real.states).toEqual(model.states);
	expect(real.task.isEnded).toBe(model.end !== undefined);
	expect(answers.map(({seen}) => seen)).toEqual(answers.map(({expected}) => expected));
	expect(real.result).toEqual(expectedResult(model));
}

function expectedResult(model: Model): Answer['expected'] {
	if (model.end === undefined) return pending;
	if (model.end === 'failed') return rejected(failure);
	return model.returned ? resolved('value') : rejected(model.reason?.value);
}

type Command = keyof typeof commands;
const command = fc.constantFrom(...(Object.keys(commands) as Command[]));

// task.ts, invariants 1, 2 and 3
test('any sequence: states, events and answers are those of the model', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.boolean(),
			fc.array(command, {maxLength: 40, size: 'max'}),
			async (parentPaused, sequence) => {
				const world: World = {model: new Model(parentPaused), real: new Real(parentPaused), answers: []};
				for (const name of [...sequence, 'wait', 'stop', 'wait', 'returnValue', 'wait'] as Command[]) {
					// Only `wait` gives promise jobs a turn: the others come in one tick.
					const waiting = commands[name](world);
					if (waiting !== undefined) await waiting;
					expect(world.real.task.state).toBe(world.model.state);
				}
				// Nothing that was handed out is left open.
				expect(world.answers.filter(({seen}) => seen.state === 'pending')).toEqual([]);
			},
		),
		{numRuns: 500},
	);
});
