// Tasks, paused, resumed and stopped at every point.
import {
	all,
	delay,
	forever,
	pausable,
	PausableController,
	type PausableSignal,
	spawn,
	Task,
	type TaskState,
} from 'pausable-signal';
import type {SweepContext} from 'pausable-signal/testing';
import {type Watched, watched} from '../flow/kit.ts';
import {type Scenario, testEveryPoint} from './kit.ts';

type Work = (signal: PausableSignal, step: () => void, task: {isClean: boolean}) => Promise<unknown>;

/** A task, and all that it answers. */
class Watch {
	readonly #pauses: Watched<boolean>[] = [];
	readonly #stops: Watched<void>[] = [];
	readonly #states: TaskState[] = [];
	readonly #task: Task<unknown>;
	/** Its cleanup is done, or it has none. */
	isClean = true;
	#complaint: string | undefined;
	#complaintAtRest: string | undefined;

	constructor(work: Work, step: () => void, outer?: PausableSignal) {
		const checkedStep = (): void => {
			if (this.#states.at(-1) === 'paused') this.#complaint ??= 'it did a step in the state paused';
			step();
		};
		this.#task = Task.start(({signal}) => work(signal, checkedStep, this), {signal: outer});
		this.#task.addEventListener('statechange', () => this.#note());
	}

	#note(): void {
		const {state} = this.#task;
		if (state === this.#states.at(-1)) this.#complaint ??= `it told of ${state} twice`;
		this.#states.push(state);
	}

	get result(): Promise<unknown> {
		return this.#task.result;
	}

	pause(): void {
		this.#pauses.push(watched(this.#task.pause()));
	}

	resume(): void {
		this.#task.resume();
	}

	stop(reason: unknown): void {
		const stop = this.#task.stop(reason).then(() => {
			if (!this.isClean) this.#complaint ??= 'stop() did not wait for the cleanup';
		});
		this.#stops.push(watched(stop));
	}

	/** Before the verb that ends a pause: wrong if nothing moved before it. */
	look(): void {
		const {state, isEnded} = this.#task;
		if (!isEnded && state !== 'paused') this.#complaintAtRest ??= `nothing moves, and it is ${state}`;
		if (this.#hasPauseToAnswer) this.#complaintAtRest ??= 'a pause() was not answered while it rested';
	}

	get #hasPauseToAnswer(): boolean {
		return this.#pauses.some((pause) => pause.state !== 'resolved');
	}

	/** With a distance in its name, an interruption does not wait for rest. */
	check(interruption: string | undefined): void {
		const {state} = this.#task;
		if (/^\w+-\w+@\d+$/.test(interruption ?? '')) this.#complaint ??= this.#complaintAtRest;
		if (this.#hasPauseToAnswer) this.#complaint ??= 'a pause() was not answered';
		if (!this.isClean) this.#complaint ??= 'it ended without its cleanup';
		if (!['completed', 'stopped'].includes(state)) this.#complaint ??= `it ended as ${state}`;
		if (this.#stops.some((stop) => stop.state !== 'resolved'))
			this.#complaint ??= 'a stop() was not answered';
		if (this.#complaint !== undefined) throw new Error(this.#complaint);
	}
}

/** A task below the signal. */
const below =
	(work: Work, isPausedBefore = false): Scenario['run'] =>
	async (signal, step, {check}) => {
		using outer = new PausableController({signal});
		if (isPausedBefore) outer.pause();
		const task = new Watch(work, step, outer.signal);
		check(({interruption}) => task.check(interruption));
		if (isPausedBefore) queueMicrotask(() => outer.resume());
		return await task.result;
	};

/** The verbs of a task itself, each in the tick in which the signal is told the same. */
function follow(signal: PausableSignal, task: Watch, {check}: SweepContext): () => void {
	const verbs: Readonly<Record<string, () => void>> = {
		pause: () => task.pause(),
		resume() {
			task.look();
			task.resume();
		},
		abort() {
			task.look();
			task.stop(signal.reason);
		},
	};
	check(({interruption}) => task.check(interruption));
	for (const [type, verb] of Object.entries(verbs)) signal.addEventListener(type, verb);
	if (signal.paused) task.pause();
	if (signal.aborted) task.stop(signal.reason);
	return () => {
		for (const [type, verb] of Object.entries(verbs)) signal.removeEventListener(type, verb);
	};
}

/** A task with verbs of its own. */
const own =
	(work: Work): Scenario['run'] =>
	async (signal, step, context) => {
		const task = new Watch(work, step);
		const leave = follow(signal, task, context);
		return await task.result.finally(leave);
	};

const loop: Work = async (signal, step) => {
	for (let turn = 0; turn < 3; turn++) {
		await signal.checkpoint();
		step();
		await Promise.resolve();
	}
	return 'done';
};

const works: Readonly<Record<string, Scenario>> = {
	'a loop': {value: 'done', steps: 3, run: own(loop)},
	'a loop below a controller': {value: 'done', steps: 3, run: below(loop)},
	'a loop below a controller that was paused': {value: 'done', steps: 3, run: below(loop, true)},
	'a loop with gate.wait()': {
		value: 'done',
		steps: 2,
		run: own(async (signal, step) => {
			for (let turn = 0; turn < 2; turn++) {
				if (!(await signal.gate.wait())) throw signal.reason;
				step();
			}
			return 'done';
		}),
	},
	'delays, and a cleanup that takes its time': {
		value: 'done',
		steps: 2,
		run: own(async (signal, step, task) => {
			task.isClean = false;
			try {
				await delay(signal, 10);
				step();
				await delay(signal, 10);
				step();
				return 'done';
			} finally {
				await new Promise((resolve) => setTimeout(resolve, 10));
				task.isClean = true;
			}
		}),
	},
	'branches of all()': {
		value: 'done',
		steps: 4,
		flows: 2,
		run: own(async (signal, step) => {
			await all(signal, (inner) =>
				[1, 2].map(async (ms) => {
					await inner.checkpoint();
					step();
					await delay(inner, ms);
					step();
				}),
			);
			return 'done';
		}),
	},
	'a fork of spawn()': {
		value: 'done',
		steps: 2,
		flows: 2,
		run: own((signal, step) =>
			spawn(signal, async (inner, {fork}) => {
				fork((forkSignal) => forever(forkSignal));
				await inner.checkpoint();
				step();
				await delay(inner, 5);
				step();
				return 'done';
			}),
		),
	},
	'work on a child controller': {
		value: 'done',
		steps: 2,
		run: own(async (signal, step) => {
			using child = new PausableController({signal});
			await child.signal.checkpoint();
			step();
			await delay(child.signal, 5);
			step();
			return 'done';
		}),
	},
	'an iteration': {
		value: '1,2',
		steps: 2,
		run: own(async (signal, step) => {
			const seen: number[] = [];
			for await (const item of pausable(signal, [1, 2])) {
				seen.push(item);
				step();
			}
			return seen.join();
		}),
	},
	'a task within a task': {
		value: 'done',
		steps: 2,
		run: own(
			(signal, step) =>
				Task.start(
					async ({signal: inner}) => {
						await inner.checkpoint();
						step();
						await delay(inner, 5);
						step();
						return 'done';
					},
					{signal},
				).result,
		),
	},
};

for (const [name, scenario] of Object.entries(works)) testEveryPoint(name, scenario);
