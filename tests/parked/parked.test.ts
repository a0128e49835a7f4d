/**
 * A1: from the moment at which a pause says "parked" until the resume, no body takes a step; and once
 * everything stands still, it says so. `PARKED_RUNS=20000 npm test -- tests/parked` runs more of it.
 */
import {subscribe, unsubscribe} from 'node:diagnostics_channel';
import {afterEach, beforeEach, expect, jest, test} from '@jest/globals';
import * as fc from 'fast-check';
import {PausableController, type Task} from 'pausable-signal';
import {type Inspected, PausableQueue, type QueueTaskContext, type TaskMessage} from 'pausable-signal/queue';
import {flush, watched} from '../core/support.ts';
import {Owner, type Program, programs, passTime, World} from './program.ts';

// The same programs each time, unless more are asked for.
const runs = process.env['PARKED_RUNS'];
const settings = runs === undefined ? {numRuns: 400, seed: 2026} : {numRuns: Number(runs)};

beforeEach(() => {
	jest.useFakeTimers({doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick']});
});
afterEach(() => void jest.useRealTimers());

type Action =
	| {readonly kind: 'pause' | 'resume' | 'pause above' | 'resume above' | 'step above'}
	| {readonly kind: 'abort'; readonly index: number}
	| {readonly kind: 'time'; readonly ms: number};

/** What happens to the work, each so many promise jobs after the last thing that ended. */
const actions: fc.Arbitrary<(Action & {readonly jobs: number})[]> = fc.array(
	fc
		.tuple(
			fc.oneof(
				{
					weight: 4,
					arbitrary: fc.record({
						kind: fc.constantFrom('pause' as const, 'resume', 'pause above', 'resume above', 'step above'),
					}),
				},
				fc.record({kind: fc.constant('abort' as const), index: fc.nat(5)}),
				fc.record({kind: fc.constant('time' as const), ms: fc.constantFrom(1, 5, 30)}),
			),
			fc.nat(8),
		)
		.map(([action, jobs]) => ({...action, jobs})),
	{minLength: 2, maxLength: 12},
);

/** The work that the actions are for. */
interface Subject {
	pause(): void;
	resume(): void;
	/** Whether it says that all of it is parked, or is over. */
	stands(): boolean;
}

function schedule(
	scheduler: fc.Scheduler,
	world: World,
	plan: readonly (Action & {readonly jobs: number})[],
	subject: Subject,
	above: PausableController,
): void {
	const act = async (action: Action): Promise<void> => {
		switch (action.kind) {
			case 'pause':
				return subject.pause();
			case 'resume':
				return subject.resume();
			case 'pause above':
				return void above.pause();
			case 'resume above':
				return void above.resume();
			case 'step above':
				for (const owner of world.owners) owner.wake();
				return void above.step();
			case 'abort':
				return world.abortChild(action.index);
			case 'time':
				return passTime(action.ms);
		}
	};
	scheduler.scheduleSequence(
		plan.map((action) => ({
			label: action.kind,
			builder: async () => {
				for (let job = 0; job < action.jobs; job++) await Promise.resolve();
				await act(action);
			},
		})),
	);
}

/** Lets everything happen, then pauses, and lets all end that knows no pause: it has to stand still. */
async function finish(scheduler: fc.Scheduler, world: World, subject: Subject): Promise<void> {
	await scheduler.waitIdle();
	subject.pause();
	for (let round = 0; round < 20; round++) {
		await passTime(50);
		await scheduler.waitIdle();
	}
	await flush();
	if (!subject.stands()) world.faults.add('never parked');
}

/** Lets everything happen until the work has ended. */
async function settle(scheduler: fc.Scheduler, ending: Promise<unknown>): Promise<void> {
	const settled = watched(ending);
	for (let round = 0; round < 40 && settled.state === 'pending'; round++) {
		await scheduler.waitIdle();
		await passTime(50);
	}
	expect(settled.state).toBe('resolved');
}

async function runTask(
	scheduler: fc.Scheduler,
	program: Program,
	plan: readonly (Action & {readonly jobs: number})[],
): Promise<void> {
	const world = new World(scheduler);
	const above = new PausableController();
	const task: Task<void> = world.startTask(program, above.signal);
	task.result.catch(() => {});
	const subject: Subject = {
		pause: () => void task.pause(),
		resume: () => void task.resume(),
		stands: () => task.isEnded || task.state === 'paused',
	};
	schedule(scheduler, world, plan, subject, above);
	await finish(scheduler, world, subject);
	expect([...world.faults]).toEqual([]);
	await settle(
		scheduler,
		task.stop().catch(() => {}),
	);
}

test('A1: a task that is paused takes no step, and is paused once nothing moves', async () => {
	await fc.assert(fc.asyncProperty(fc.scheduler(), programs, actions, runTask), settings);
}, 120_000);

interface QueueSituation {
	readonly tasks: readonly {readonly program: Program; readonly set: 'hold' | 'release' | 'none' | 'map'}[];
	readonly concurrency: number;
	/** The one that the verbs go to. */
	readonly paused: 'queue' | 'hold' | 'release';
}

const queueSituations: fc.Arbitrary<QueueSituation> = fc.record({
	tasks: fc.array(
		fc.record({
			program: programs,
			set: fc.constantFrom('hold' as const, 'release', 'none', 'map'),
		}),
		{minLength: 1, maxLength: 4},
	),
	concurrency: fc.constantFrom(1, 2, 10),
	paused: fc.constantFrom('queue' as const, 'hold', 'release'),
});

function tasksOf(inspected: Inspected): readonly {readonly state: string}[] {
	return [...inspected.tasks, ...inspected.sets.flatMap(tasksOf)];
}

async function runQueue(
	scheduler: fc.Scheduler,
	{tasks, concurrency, paused}: QueueSituation,
	plan: readonly (Action & {readonly jobs: number})[],
): Promise<void> {
	const world = new World(scheduler);
	const above = new PausableController();
	const queue = new PausableQueue({name: 'the subject', concurrency, signal: above.signal, keepAlive: false});
	const sets = {
		hold: queue.taskSet('hold', {whilePaused: 'hold', concurrency: 2}),
		release: queue.taskSet('release', {whilePaused: 'release', concurrency: 1}),
	};
	const owners = new Map<string, Owner>();
	const onPark = (message: unknown): void => {
		const {queue: of, id} = message as TaskMessage;
		if (of === queue.name) owners.get(id)?.parked();
	};
	subscribe('pausable-signal:task:park', onPark);
	const body =
		(program: Program) =>
		async ({signal, id}: QueueTaskContext): Promise<void> => {
			const owner = new Owner(world, signal);
			owners.set(id, owner);
			await world.run(program, signal, owner);
		};
	const mapped = tasks.filter(({set}) => set === 'map');
	const consumed = (async () => {
		for await (const _ of queue.map(mapped, ({program}, context) => body(program)(context).catch(() => {})));
	})().catch(() => {});
	for (const {program, set} of tasks) {
		if (set === 'map') continue;
		const group = set === 'none' ? queue : sets[set];
		void group.add(body(program)).catch(() => {});
	}
	const verbs = paused === 'queue' ? queue : sets[paused];
	const subject: Subject = {
		pause: () => void verbs.pause(),
		resume: () => void verbs.resume(),
		stands: () => tasksOf(verbs.inspect()).every(({state}) => state !== 'running'),
	};
	schedule(scheduler, world, plan, subject, above);
	await finish(scheduler, world, subject);
	expect([...world.faults]).toEqual([]);
	await settle(scheduler, Promise.all([queue.stop().catch(() => {}), consumed]));
	unsubscribe('pausable-signal:task:park', onPark);
}

test('A1: a task of a queue that is parked takes no step, and is parked once nothing moves', async () => {
	await fc.assert(fc.asyncProperty(fc.scheduler(), queueSituations, actions, runQueue), settings);
}, 120_000);
