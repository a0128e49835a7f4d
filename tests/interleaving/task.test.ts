// Tasks, paused, resumed and stopped at every moment.
import {describe, jest} from '@jest/globals';
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
import {useFakeTime} from '../flow/fake-time.ts';
import {type Watched, watched} from '../flow/kit.ts';
import {type Scenario, type Subject, testEveryMoment} from './kit.ts';

useFakeTime();

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

	get signal(): PausableSignal {
		return this.#task.signal;
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

	abort(reason: unknown): void {
		const stop = this.#task.stop(reason).then(() => {
			if (!this.isClean) this.#complaint ??= 'stop() did not wait for the cleanup';
		});
		this.#stops.push(watched(stop));
	}

	complaint(isOver: boolean): string | undefined {
		const {state, signal} = this.#task;
		if (this.#complaint !== undefined) return this.#complaint;
		if (isOver) {
			if (!this.isClean) return 'it ended without its cleanup';
			if (!['completed', 'stopped'].includes(state)) return `it ended as ${state}`;
			if (this.#stops.some((stop) => stop.state !== 'resolved')) return 'a stop() was not answered';
		} else if (jest.getTimerCount() > 0) {
			return undefined;
		} else if (signal.paused && !this.#task.isEnded && state !== 'paused') {
			return `nothing moves, and it is ${state}`;
		}
		if (this.#pauses.some((pause) => pause.state !== 'resolved')) return 'a pause() was not answered';
		return undefined;
	}
}

/** A task with verbs of its own. */
const controlTask =
	(work: Work) =>
	(step: () => void): Subject =>
		new Watch(work, step);

/** A task under a controller that is paused, resumed and aborted. */
const controlOuter =
	(work: Work, isPausedBefore = false) =>
	(step: () => void): Subject => {
		const outer = new PausableController();
		if (isPausedBefore) outer.pause();
		const task = new Watch(work, step, outer.signal);
		return {
			signal: task.signal,
			outer: outer.signal,
			result: task.result,
			pause: () => void outer.pause(),
			resume: () => void outer.resume(),
			abort: (reason) => outer.abort(reason),
			complaint: (isOver) => task.complaint(isOver),
		};
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
	'a loop': {value: 'done', steps: 3, start: controlTask(loop)},
	'a loop below a controller': {value: 'done', steps: 3, start: controlOuter(loop)},
	'a loop below a controller that was paused': {value: 'done', steps: 3, start: controlOuter(loop, true)},
	'a loop with gate.wait()': {
		value: 'done',
		steps: 2,
		start: controlTask(async (signal, step) => {
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
		start: controlTask(async (signal, step, task) => {
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
		// Those of the cleanup, which no pause stops.
		wall: true,
	},
	'branches of all()': {
		value: 'done',
		steps: 4,
		flows: 2,
		start: controlTask(async (signal, step) => {
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
		start: controlTask((signal, step) =>
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
		start: controlTask(async (signal, step) => {
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
		start: controlTask(async (signal, step) => {
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
		start: controlTask(
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

describe.each(Object.entries(works))('%s', (_name, scenario) => testEveryMoment(scenario));
