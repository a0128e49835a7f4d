/**
 * Every verb at every await of a task's life, in the queue, a set and a set within, whatever the
 * modes of parked slots: it ends as it should, nothing held moves, and nothing is lost.
 */
import {describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {
	type PausableQueue,
	type PauseReport,
	type QueueTaskContext,
	type TaskSet,
	TimeoutError,
} from 'pausable-signal/queue';
import {createQueue, Deferred, leftOn, macrotask, nothing, ticks, type Watched, watched} from './kit.ts';

type Group = PausableQueue | TaskSet;
type Mode = 'hold' | 'release';

// All there are with the environment variable of the other long tests.
const isThorough = process.env['STRESS_RUNS'] !== undefined;
/** What becomes of the slots of tasks that the queue parks, and of those that a set parks. */
const modes: readonly (readonly [Mode, Mode])[] = [
	['hold', 'release'],
	['release', 'hold'],
	...(isThorough
		? ([
				['hold', 'hold'],
				['release', 'release'],
			] as const)
		: []),
];
const levels = ['queue', 'set', 'nested'] as const;
type Level = (typeof levels)[number];

async function turns(count = 2): Promise<void> {
	for (let turn = 0; turn < count; turn++) await macrotask();
}

/** One task in its queue, which has a single slot, and all that can be done to it. */
class Life {
	readonly queue: PausableQueue;
	readonly own = new PausableController();
	readonly first = new Deferred<void>();
	readonly last = new Deferred<void>();
	readonly blocked = new Deferred<void>();
	readonly faults: string[] = [];
	hasStarted = false;
	isPast = false;
	task: Watched<string> = {state: 'pending'};
	blocker: Watched<void> | undefined;
	signal: AbortSignal | undefined;
	/** Called in the first part of the body, before it waits for anything. */
	onStart = (): void => {};
	readonly #groups: readonly Group[];
	#moving = 0;

	constructor(where: Level, queueMode: Mode, setMode: Mode) {
		this.queue = createQueue({concurrency: 1, whilePaused: queueMode});
		const set = this.queue.taskSet('set', {whilePaused: setMode});
		const nested = set.taskSet('nested', {whilePaused: setMode});
		this.#groups = [this.queue, set, nested].slice(0, levels.indexOf(where) + 1);
	}

	/** The group that the task is in. */
	get home(): Group {
		return this.#groups.at(-1)!;
	}

	at(level: Level): Group {
		return this.#groups[levels.indexOf(level)]!;
	}

	get isHeld(): boolean {
		return this.home.isPaused || this.own.signal.paused;
	}

	/** Takes the slot that the task would have. */
	block(): void {
		this.blocker = watched(
			this.queue.add(async () => {
				this.#move(1);
				await this.blocked.promise;
				this.#move(-1);
			}),
		);
	}

	add(timeout?: number): void {
		this.task = watched(
			this.home.add((context) => this.#run(context), {id: 'task', signal: this.own.signal, timeout}),
		);
	}

	#move(by: 1 | -1): void {
		this.#moving += by;
		if (this.#moving > 1) this.faults.push('two bodies move');
	}

	async #run({signal}: QueueTaskContext): Promise<string> {
		if (this.isHeld) this.faults.push('started while held');
		if (this.task.state !== 'pending') this.faults.push('started after its end');
		this.hasStarted = true;
		this.signal = signal;
		this.#move(1);
		try {
			this.onStart();
			await this.first.promise;
			this.#move(-1);
			try {
				await signal.checkpoint();
			} finally {
				// One that is aborted cleans up at once, with or without a slot.
				this.#moving++;
			}
			if (this.#moving > 1) this.faults.push('two bodies move');
			this.isPast = true;
			await this.last.promise;
			return 'value';
		} finally {
			this.#moving--;
		}
	}

	/** Lets all that was held back go on, and sees that nothing is left. */
	async finish(): Promise<void> {
		for (const group of this.#groups) group.resume();
		this.own.resume();
		this.first.resolve();
		this.last.resolve();
		this.blocked.resolve();
		await this.queue.onIdle({signal: AbortSignal.timeout(5_000)});
		await turns();
	}
}

/** A moment in a task's life: brings it there. */
interface Moment {
	readonly hasStarted: boolean;
	/** Its end is under way already, or may be. */
	readonly ending?: 'timeout' | 'maybe';
	/** Calls `act` at that moment. */
	reach(life: Life, act: () => void): Promise<void>;
}

const park = async (life: Life, by: {pause(): unknown}): Promise<void> => {
	life.add();
	await turns();
	by.pause();
	life.first.resolve();
	await turns();
};

const afterTicks = (name: string, moment: (count: number) => Moment): [string, Moment][] =>
	(isThorough ? [0, 1, 2, 3, 4, 5, 6, 8] : [0, 1, 2, 4]).map((count) => [
		`${name}, ${count} ticks later`,
		moment(count),
	]);

const moments: Readonly<Record<string, Moment>> = {
	waiting: {
		hasStarted: false,
		async reach(life, act) {
			life.block();
			life.add();
			await turns();
			act();
		},
	},
	'just added': {
		hasStarted: false,
		async reach(life, act) {
			life.block();
			life.add();
			act();
		},
	},
	'held back by its own signal': {
		hasStarted: false,
		async reach(life, act) {
			life.own.pause();
			life.add();
			await turns();
			act();
		},
	},
	'starting, in its first part': {
		hasStarted: true,
		async reach(life, act) {
			life.onStart = act;
			life.add();
		},
	},
	running: {
		hasStarted: true,
		async reach(life, act) {
			life.add();
			await turns();
			act();
		},
	},
	...Object.fromEntries(
		afterTicks('on its way to the checkpoint', (count) => ({
			hasStarted: true,
			async reach(life, act) {
				life.add();
				await turns();
				life.first.resolve();
				await ticks(count);
				act();
			},
		})),
	),
	...Object.fromEntries(
		(['queue', 'home', 'own'] as const).map((by) => [
			`parked by ${by}`,
			{
				hasStarted: true,
				async reach(life: Life, act: () => void): Promise<void> {
					await park(life, by === 'own' ? life.own : by === 'home' ? life.home : life.queue);
					act();
				},
			} satisfies Moment,
		]),
	),
	...Object.fromEntries(
		afterTicks('resuming', (count) => ({
			hasStarted: true,
			async reach(life, act) {
				await park(life, life.home);
				life.home.resume();
				await ticks(count);
				act();
			},
		})),
	),
	'waiting for a slot to go on': {
		hasStarted: true,
		async reach(life, act) {
			await park(life, life.home);
			// It gets the slot when the task has given it back.
			life.block();
			await turns();
			life.home.resume();
			await turns();
			act();
		},
	},
	...Object.fromEntries(
		afterTicks('getting a slot to go on', (count) => ({
			hasStarted: true,
			async reach(life, act) {
				await park(life, life.home);
				life.block();
				await turns();
				life.home.resume();
				life.blocked.resolve();
				await ticks(count);
				act();
			},
		})),
	),
	...Object.fromEntries(
		afterTicks('timing out', (count) => ({
			hasStarted: true,
			ending: 'timeout' as const,
			async reach(life, act) {
				const timedOut = new Deferred<void>();
				life.onStart = (): void => life.signal?.addEventListener('abort', () => timedOut.resolve());
				life.add(1);
				await timedOut.promise;
				await ticks(count);
				act();
			},
		})),
	),
	...Object.fromEntries(
		afterTicks('settling', (count) => ({
			hasStarted: true,
			ending: 'maybe' as const,
			async reach(life, act) {
				life.add();
				life.first.resolve();
				await turns();
				life.last.resolve();
				await ticks(count);
				act();
			},
		})),
	),
};

interface Verb {
	/** How a task ends that waits, and one that runs: with its value, or with what. */
	readonly ends: readonly [waiting: string, running: string];
	readonly pauses?: boolean;
	act(group: Group, life: Life): void;
	undo?(): void;
}

let hold: {release(): boolean} | undefined;
let report: Watched<PauseReport> | undefined;

const answer = (): string | undefined => report?.state;

const verbs: Readonly<Record<string, Verb>> = {
	pause: {
		ends: ['value', 'value'],
		pauses: true,
		act: (group) => void (report = watched(group.pause('verb'))),
	},
	hold: {
		ends: ['value', 'value'],
		pauses: true,
		act: (group) => void (hold = group.hold('verb')),
		undo: () => void hold?.release(),
	},
	'pause and resume': {
		ends: ['value', 'value'],
		act(group) {
			report = watched(group.pause('verb'));
			group.resume();
		},
	},
	'resume and pause': {
		ends: ['value', 'value'],
		pauses: true,
		act(group) {
			group.resume();
			report = watched(group.pause('verb'));
		},
	},
	clear: {ends: ['AbortError', 'value'], act: (group) => group.clear()},
	abort: {
		ends: ['why', 'why'],
		act(group, life) {
			if ('abort' in group) group.abort('why');
			else life.own.abort('why');
		},
	},
	stop: {ends: ['why', 'why'], act: (_group, {queue}) => void queue.stop('why')},
};

function endOf({state, value, reason}: Watched<string>): string {
	if (state !== 'rejected') return value ?? state;
	if (reason instanceof TimeoutError) return 'timeout';
	return reason instanceof DOMException ? reason.name : String(reason);
}

async function play(life: Life, moment: Moment, verb: Verb, level: Level): Promise<void> {
	hold = report = undefined;
	let hasActed = false;
	let wasPaused = false;
	await moment.reach(life, () => {
		hasActed = true;
		verb.act(life.at(level), life);
		wasPaused = life.home.isPaused;
	});
	// A wait that went through just before a pause lets its work go on to the next checkpoint.
	await turns();
	const wasPast = life.isPast;
	// It comes to its checkpoint, where it stands still if it is held.
	life.first.resolve();
	await turns();
	if (!hasActed) life.faults.push('the moment was not reached');
	if (verb.pauses === true && !wasPaused) life.faults.push('not paused');
	if (verb.pauses === true && life.isPast !== wasPast) life.faults.push('went on while held');
	const mayMove = life.isPast || life.blocker?.state === 'pending';
	if (answer() === 'pending' && !mayMove) life.faults.push('pause() was not answered');
	verb.undo?.();
	await life.finish();
	if (answer() === 'pending') life.faults.push('pause() was never answered');
}

function expectedEnds(moment: Moment, verb: Verb): string[] {
	if (moment.ending === 'timeout') return ['timeout'];
	const end = verb.ends[moment.hasStarted ? 1 : 0];
	return moment.ending === 'maybe' ? ['value', end] : [end];
}

describe.each(Object.entries(moments))('%s', (_moment, moment) => {
	test.each(Object.entries(verbs))('%s', async (_verb, verb) => {
		for (const where of levels)
			for (const level of levels.slice(0, levels.indexOf(where) + 1))
				for (const [queueMode, setMode] of modes) {
					const life = new Life(where, queueMode, setMode);
					await play(life, moment, verb, level);
					const {queue, faults, own, task} = life;
					const end = endOf(task);
					const label = {where, level, queueMode, setMode};
					const {waiting, running, parked, completed, aborted} = queue.progress;
					const ended = {completed: end === 'value' ? 1 : 0, aborted: end === 'value' ? 0 : 1};
					if (life.blocker !== undefined) {
						const isDone = life.blocker.state === 'resolved';
						ended[isDone ? 'completed' : 'aborted']++;
					}
					expect({...label, faults}).toEqual({...label, faults: []});
					expect({...label, end: expectedEnds(moment, verb).includes(end) ? 'expected' : end}).toEqual({
						...label,
						end: 'expected',
					});
					expect({...label, waiting, running, parked, completed, aborted}).toEqual({
						...label,
						waiting: 0,
						running: 0,
						parked: 0,
						...ended,
					});
					expect({...label, left: leftOn(own.signal)}).toEqual({...label, left: nothing});
					if (moment.hasStarted === false && end !== 'value') expect(life.hasStarted).toBe(false);
					if (queue.state !== 'stopped') await expect(queue.add(() => 'next')).resolves.toBe('next');
				}
	});
});
