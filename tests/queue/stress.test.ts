/**
 * Random work over nested sets, with what has to hold looked at after every step.
 *
 * `STRESS_RUNS=20000 npm test -- tests/queue/stress.test.ts` runs more of it, `STRESS_SEED=…` starts
 * at the seed of a failure that was reported. Timers take part, so that a seed is nearly, and not
 * quite, one course of events.
 */
import {subscribe, unsubscribe} from 'node:diagnostics_channel';
import {expect, test} from '@jest/globals';
// First, to count all timers.
import {countTimers} from '../support/count-timers.ts';
import {PausableController} from 'pausable-signal';
import {
	type AddOptions,
	type Inspected,
	PausableQueue,
	type QueueTaskContext,
	type TaskMessage,
	type TaskSet,
} from 'pausable-signal/queue';
import {Dice} from './dice.ts';
import {leftOn, macrotask, nothing, ticks} from './kit.ts';

const actionsPerRun = 150;
const setsPerRun = 6;

type Group = PausableQueue | TaskSet;

/** A queue or a set, with what is known of it from outside. */
interface Seen {
	readonly group: Group;
	readonly parent: Seen | undefined;
	readonly label: string;
	limit: number;
	/** The highest its limit ever was: a body that keeps its slot keeps it when the limit is lowered. */
	highest: number;
	added: number;
	/** Bodies that go on, here and below: not those that wait for the end of a pause. */
	moving: number;
	/** Those of them whose wait once ended by itself during a pause: nobody can keep them within a limit. */
	escaped: number;
}

/** One task, as its caller and its body know it. */
interface Task {
	readonly id: string;
	readonly at: Seen;
	readonly signal: AbortSignal | undefined;
	hasStarted: boolean;
	hasSettled: boolean;
	isMoving: boolean;
	hasEscaped: boolean;
}

function* upwards(from: Seen): Iterable<Seen> {
	for (let at: Seen | undefined = from; at !== undefined; at = at.parent) yield at;
}

function tasksIn(inspected: Inspected): number {
	return inspected.sets.reduce((sum, set) => sum + tasksIn(set), inspected.tasks.length);
}

class World {
	readonly faults = new Set<string>();
	readonly #dice: Dice;
	readonly #root: Seen;
	readonly #queue: PausableQueue;
	readonly #groups: Seen[];
	readonly #tasks: Task[] = [];
	readonly #holds: {release(): boolean}[] = [];
	readonly #pausers: PausableController[] = [];
	readonly #aborters: AbortController[] = [];
	readonly #ended = new Set<string>();
	#openPauses = 0;

	constructor(seed: number) {
		this.#dice = new Dice(seed);
		const limit = 1 + this.#dice.below(4);
		this.#queue = new PausableQueue({concurrency: limit, whilePaused: this.#whilePaused, ...this.#anyRate()});
		this.#root = this.#see(this.#queue, undefined, 'queue', limit);
		this.#groups = [this.#root];
		for (let index = 0; index < setsPerRun; index++) this.#groups.push(this.#createSet(`set ${index}`));
	}

	get #whilePaused(): 'hold' | 'release' {
		return this.#dice.isOne(2) ? 'hold' : 'release';
	}

	#anyRate(): {interval?: number; intervalCap?: number; strict?: boolean} {
		if (!this.#dice.isOne(5)) return {};
		return {interval: 1, intervalCap: 2 + this.#dice.below(3), strict: this.#dice.isOne(2)};
	}

	get #anyGroup(): Seen {
		return this.#dice.pick(this.#groups) ?? this.#root;
	}

	#see(group: Group, parent: Seen | undefined, label: string, limit: number): Seen {
		return {group, parent, label, limit, highest: limit, added: 0, moving: 0, escaped: 0};
	}

	#createSet(name: string): Seen {
		const parent = this.#anyGroup;
		const concurrency = this.#dice.isOne(3) ? Infinity : 1 + this.#dice.below(3);
		const options = {
			concurrency,
			...this.#anyRate(),
			whilePaused: this.#whilePaused,
			priority: this.#dice.below(2),
		};
		return this.#see(parent.group.taskSet(name, options), parent, name, concurrency);
	}

	async play(): Promise<void> {
		for (let action = 0; action < actionsPerRun; action++) {
			this.#act();
			if (this.#dice.isOne(4)) await ticks(this.#dice.below(4));
			else if (this.#dice.isOne(8)) await macrotask();
			this.#check();
		}
		if (this.#dice.isOne(4)) await this.#stop();
		else await this.#finish();
		await macrotask();
		this.#checkEnd();
	}

	#act(): void {
		const {group} = this.#anyGroup;
		const roll = this.#dice.below(44);
		if (roll < 15) this.#add();
		else if (roll < 19) this.#pause(group);
		else if (roll < 27) group.resume();
		else if (roll < 30) this.#hold(group);
		else if (roll < 35) this.#holds.splice(this.#dice.below(this.#holds.length), 1)[0]?.release();
		else if (roll < 37) this.#dice.pick(this.#pausers)?.pause();
		else if (roll < 40) this.#dice.pick(this.#pausers)?.resume();
		else if (roll < 41) this.#dice.pick([...this.#pausers, ...this.#aborters])?.abort('own');
		else if (roll < 42) this.#setLimit(this.#anyGroup, 1 + this.#dice.below(5));
		else if (this.#dice.isOne(4)) this.#drop(group);
	}

	#drop(group: Group): void {
		if (this.#dice.isOne(2)) group.clear();
		else if (group !== this.#queue) (group as TaskSet).abort('set');
	}

	#pause(group: Group): void {
		this.#openPauses++;
		const options = this.#dice.isOne(6) ? {until: 1} : this.#dice.isOne(3) ? {timeout: 1} : undefined;
		void group.pause('user', options).then(() => this.#openPauses--);
	}

	#hold(group: Group): void {
		const until = this.#dice.pick([undefined, undefined, 1, 3_600_000]);
		this.#holds.push(group.hold('lease', {until}));
	}

	#setLimit(at: Seen, limit: number): void {
		at.limit = limit;
		at.highest = Math.max(at.highest, limit);
		at.group.concurrency = limit;
	}

	// ---- Tasks

	#add(): void {
		const at = this.#anyGroup;
		const id = `task ${this.#tasks.length}`;
		const signal = this.#ownSignal();
		const task: Task = {
			id,
			at,
			signal,
			hasStarted: false,
			hasSettled: false,
			isMoving: false,
			hasEscaped: false,
		};
		this.#tasks.push(task);
		for (const above of upwards(at)) above.added++;
		const options: AddOptions = {
			id,
			signal,
			priority: this.#dice.below(3),
			timeout: this.#dice.isOne(8) ? 1 : undefined,
		};
		const settled = (): void => void (task.hasSettled = true);
		at.group.add((context) => this.#run(task, context), options).then(settled, settled);
	}

	#ownSignal(): AbortSignal | undefined {
		if (this.#dice.isOne(5)) {
			const aborter = new AbortController();
			this.#aborters.push(aborter);
			return aborter.signal;
		}
		if (!this.#dice.isOne(5)) return undefined;
		const pauser = new PausableController();
		this.#pausers.push(pauser);
		return pauser.signal;
	}

	async #run(task: Task, context: QueueTaskContext): Promise<void> {
		this.#noteStart(task);
		const looks = !this.#dice.isOne(6);
		try {
			for (let step = this.#dice.below(5); step > 0; step--) {
				if (this.#dice.isOne(2)) await macrotask();
				if (looks) await this.#look(task, context);
				else await ticks(this.#dice.below(3));
			}
			if (this.#dice.isOne(8)) throw new Error('a fault of the task');
		} finally {
			if (this.#dice.isOne(3)) await ticks(this.#dice.below(6));
			this.#move(task, -1);
		}
	}

	#noteStart(task: Task): void {
		if (task.hasStarted) this.faults.add(`${task.id} started twice`);
		if (task.hasSettled) this.faults.add(`${task.id} started after it had settled`);
		if (task.signal instanceof AbortSignal && 'paused' in task.signal && task.signal.paused === true)
			this.faults.add(`${task.id} started while its own signal was paused`);
		task.hasStarted = true;
		this.#move(task, 1);
		for (const {group, label, limit, moving} of upwards(task.at)) {
			if (group.isPaused) this.faults.add(`${task.id} started while ${label} was paused`);
			if (moving > limit) this.faults.add(`${task.id} started: ${moving} of ${limit} in ${label}`);
		}
	}

	async #look(task: Task, {signal}: QueueTaskContext): Promise<void> {
		if (!signal.paused) return signal.checkpoint();
		this.#move(task, -1);
		if (this.#dice.isOne(2)) await signal.checkpoint();
		else if (!(await signal.gate.wait(this.#dice.isOne(2) ? {timeout: 1} : {})))
			task.hasEscaped = !signal.aborted;
		// P3, for an abort in the tick in which the wait ended, too: it needs no slot to clean up.
		if (signal.aborted) throw signal.reason;
		this.#move(task, 1);
		if (!task.hasEscaped) this.#checkMoving(task);
	}

	#move(task: Task, by: 1 | -1): void {
		if (task.isMoving === by > 0) return;
		task.isMoving = by > 0;
		for (const at of upwards(task.at)) {
			at.moving += by;
			if (task.hasEscaped) at.escaped += by;
		}
	}

	/** What the channels say: each task ends once. */
	readonly noteEnd = (message: unknown): void => {
		const {id} = message as TaskMessage;
		if (this.#ended.has(id)) this.faults.add(`${id} ended twice`);
		this.#ended.add(id);
	};

	// ---- What has to hold

	#checkMoving(task: Task): void {
		for (const {label, highest, moving, escaped} of upwards(task.at))
			if (moving - escaped > highest)
				this.faults.add(`${task.id} went on: ${moving} of ${highest} in ${label}`);
	}

	#check(): void {
		for (const {group, label, added} of this.#groups) {
			const {waiting, running, parked, completed, failed, aborted} = group.progress;
			if (waiting + running + parked + completed + failed + aborted !== added)
				this.faults.add(`${label}: the counts do not add up`);
			if (Math.min(waiting, running, parked) < 0) this.faults.add(`${label}: a count below 0`);
			if (waiting !== group.size) this.faults.add(`${label}: progress differs from size`);
			// The queue's own pending counts slots: one is free some ticks after its task has ended.
			const hasMore = group === this.#queue && group.pending > running + parked;
			if (running + parked !== group.pending && !hasMore)
				this.faults.add(`${label}: progress differs from pending`);
			if (group.isPaused !== group.holds.length > 0) this.faults.add(`${label}: isPaused without holds`);
		}
		const {running, parked} = this.#queue.progress;
		if (tasksIn(this.#queue.inspect()) !== running + parked)
			this.faults.add('inspect() does not show all that runs');
	}

	/** Takes all pauses back: everything has to end by itself. */
	async #finish(): Promise<void> {
		for (const hold of this.#holds) hold.release();
		for (const {group} of this.#groups) group.resume();
		for (const pauser of this.#pausers) pauser.resume();
		const signal = AbortSignal.timeout(5_000);
		await this.#queue.onIdle({signal}).catch(() => this.faults.add('never idle'));
	}

	/** Stops it as it stands, held or not: everything has to end all the same. */
	async #stop(): Promise<void> {
		const waiting = this.#tasks.filter(({hasStarted, hasSettled}) => !hasStarted && !hasSettled);
		const dropped = this.#queue.size;
		const ids = await this.#queue.stop('over', {grace: 5_000}).catch(() => undefined);
		if (ids === undefined) this.faults.add('never stopped');
		else if (ids.length !== dropped || !ids.every((id) => waiting.some((task) => task.id === id)))
			this.faults.add('stop() did not return those that waited');
	}

	#checkEnd(): void {
		this.#check();
		for (const {id, hasSettled, hasStarted, isMoving} of this.#tasks)
			if (!hasSettled) this.faults.add(`${id} did not settle${hasStarted ? ', and had started' : ''}`);
			else if (isMoving) this.faults.add(`${id} still moves`);
			else if (!this.#ended.has(id)) this.faults.add(`${id} settled and did not end`);
		if (this.#openPauses > 0) this.faults.add('a pause() was never answered');
		const {size, pending, progress} = this.#queue;
		if (size + pending + progress.waiting + progress.running + progress.parked !== 0)
			this.faults.add(`left over: ${size} waiting, ${pending} running`);
	}

	async close(): Promise<void> {
		await this.#queue.stop('the run is over', {grace: 0}).catch(() => {});
	}

	/** Nothing of what has ended is left on the signals that it was given. */
	checkSignals(): void {
		for (const {signal} of [...this.#pausers, ...this.#aborters])
			if (JSON.stringify(leftOn(signal)) !== JSON.stringify(nothing))
				this.faults.add(`left on a signal: ${JSON.stringify(leftOn(signal))}`);
	}
}

async function faultsOf(seed: number): Promise<string[]> {
	const timers = countTimers();
	const world = new World(seed);
	subscribe('pausable-signal:task:end', world.noteEnd);
	try {
		await world.play();
	} finally {
		await world.close();
		unsubscribe('pausable-signal:task:end', world.noteEnd);
	}
	world.checkSignals();
	// A rate limit has a window to close.
	for (let turn = 0; countTimers() > timers && turn < 10_000; turn++) await macrotask();
	if (countTimers() > timers) world.faults.add(`${countTimers() - timers} timers left`);
	return [...world.faults].map((fault) => `seed ${seed}: ${fault}`);
}

const {STRESS_RUNS, STRESS_SEED} = process.env;
const first = Number(STRESS_SEED ?? 1);
const runs = Number(STRESS_RUNS ?? 150);

// L1, S1, S2, J1
test(
	'limits, pauses, counts and promises hold, whatever is done to nested sets',
	async () => {
		for (let seed = first; seed < first + runs; seed++) expect(await faultsOf(seed)).toEqual([]);
	},
	runs * 1_000,
);
