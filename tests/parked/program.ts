// Random programs over everything that starts work, and a runner that knows which bodies move.
import {jest} from '@jest/globals';
import * as fc from 'fast-check';
import {
	abortable,
	all,
	deadline,
	delay,
	execute,
	interval,
	pausable,
	PausableController,
	PausableSignal,
	proactiveRetry,
	race,
	retry,
	run,
	shield,
	spawn,
	Task,
	waitForEvent,
} from 'pausable-signal';
import {PausableQueue} from 'pausable-signal/queue';
import {pausableStream} from 'pausable-signal/streams';

export type Program =
	/** Work that knows no pause. */
	| {readonly kind: 'work' | 'checkpoint' | 'gate' | 'gate for a time' | 'event' | 'abortable' | 'fail'}
	| {readonly kind: 'delay'; readonly ms: number}
	| {readonly kind: 'sequence' | 'all' | 'race'; readonly parts: readonly Program[]}
	| {
			readonly kind: 'spawn';
			readonly body: Program;
			readonly forks: readonly Program[];
			readonly ending: 'leave' | 'abort' | 'join';
	  }
	| {
			readonly kind:
				| 'child'
				| 'task'
				| 'deadline'
				| 'composite'
				| 'composite of plain'
				| 'retry'
				| 'proactiveRetry'
				| 'run'
				| 'shield'
				| 'shield from aborts'
				| 'execute'
				| 'iteration'
				| 'ticks'
				| 'stream'
				| 'queue'
				| 'map'
				| 'cleanup';
			readonly body: Program;
	  };

const leaf: fc.Arbitrary<Program> = fc.oneof(
	{weight: 4, arbitrary: fc.record({kind: fc.constant('work')})},
	{weight: 4, arbitrary: fc.record({kind: fc.constant('checkpoint')})},
	fc.record({kind: fc.constantFrom('gate' as const, 'gate for a time', 'event', 'abortable', 'fail')}),
	fc.record({kind: fc.constant('delay'), ms: fc.constantFrom(0, 5, 20)}),
);

const {program} = fc.letrec<{program: Program; parts: Program[]}>((tie) => ({
	program: fc.oneof(
		{depthSize: 'small', withCrossShrink: true},
		leaf,
		fc.record({kind: fc.constant('sequence' as const), parts: tie('parts')}),
		fc.record({kind: fc.constantFrom('all' as const, 'race'), parts: tie('parts')}),
		fc.record({
			kind: fc.constant('spawn' as const),
			body: tie('program'),
			forks: tie('parts'),
			ending: fc.constantFrom('leave' as const, 'abort', 'join'),
		}),
		fc.record({
			kind: fc.constantFrom(
				'child' as const,
				'task',
				'deadline',
				'composite',
				'composite of plain',
				'retry',
				'proactiveRetry',
				'run',
				'shield',
				'shield from aborts',
				'execute',
				'iteration',
				'ticks',
				'stream',
				'queue',
				'map',
				'cleanup',
			),
			body: tie('program'),
		}),
	),
	parts: fc.array(tie('program'), {maxLength: 3}),
}));

export const programs: fc.Arbitrary<Program> = fc
	.array(program, {minLength: 1, maxLength: 4})
	.map((parts) => ({kind: 'sequence', parts}));

/** A piece of work that somebody may say of that it is parked. */
export class Owner {
	readonly #world: World;
	readonly #outer: Owner | undefined;
	readonly #signal: PausableSignal;
	/** Bodies in work that knows no pause. */
	moving = 0;
	#isSaidToBeParked = false;

	constructor(world: World, signal: PausableSignal, outer?: Owner) {
		this.#world = world;
		this.#signal = signal;
		this.#outer = outer;
		// Either ends the pause.
		signal.addEventListener('resume', () => this.wake());
		signal.addEventListener('abort', () => this.wake());
		world.owners.add(this);
	}

	/** Somebody said that it is parked: a promise until the resume, or until an abort from outside. */
	parked(): void {
		if (this.moving > 0) this.#world.faults.add(`parked with ${this.moving} moving`);
		this.#isSaidToBeParked = this.#signal.paused;
	}

	wake(): void {
		this.#isSaidToBeParked = false;
	}

	/** This owner and those around it. */
	wakeAll(): void {
		this.wake();
		this.#outer?.wakeAll();
	}

	/** A body took a step. */
	step(where: string): void {
		if (this.#isSaidToBeParked) this.#world.faults.add(`a step after ${where} while parked`);
		this.#outer?.step(where);
	}

	move(change: 1 | -1): void {
		this.moving += change;
		this.#outer?.move(change);
	}
}

export class World {
	readonly faults: Set<string> = new Set();
	readonly owners: Set<Owner> = new Set();
	readonly #scheduler: fc.Scheduler;
	readonly #children: PausableController[] = [];

	constructor(scheduler: fc.Scheduler) {
		this.#scheduler = scheduler;
	}

	/** Aborts one of the controllers within the programs: what waits there moves, whoever said what. */
	abortChild(index: number): void {
		const live = this.#children.filter((child) => !child.signal.aborted);
		if (live.length === 0) return;
		for (const owner of this.owners) owner.wake();
		live[index % live.length]?.abort();
	}

	/** Ends at a moment of the scheduler's choice. */
	work(owner: Owner): Promise<unknown> {
		return this.#moving(owner, () => this.#later());
	}

	async #waitForATime(signal: PausableSignal, owner: Owner): Promise<void> {
		const isOpen = await signal.gate.wait({timeout: 10});
		// The end of the time moves it, whoever said what.
		if (!isOpen) owner.wakeAll();
	}

	async *#items(): AsyncGenerator<number> {
		for (let item = 0; item < 2; item++) {
			await this.#later();
			yield item;
		}
	}

	#later(): Promise<unknown> {
		return this.#scheduler.schedule(Promise.resolve(), 'work');
	}

	async #moving<T>(owner: Owner, work: () => Promise<T>): Promise<T> {
		owner.move(1);
		try {
			return await work();
		} finally {
			owner.move(-1);
		}
	}

	startTask(body: Program, signal: PausableSignal, outer?: Owner): Task<void> {
		let owner: Owner | undefined;
		const task = Task.start(
			async (context) => {
				owner = new Owner(this, context.signal, outer);
				await this.run(body, context.signal, owner);
			},
			{signal},
		);
		task.addEventListener('statechange', () => {
			if (task.state === 'paused') owner?.parked();
		});
		return task;
	}

	async run(program: Program, signal: PausableSignal, owner: Owner): Promise<void> {
		owner.step(`the start of ${program.kind}`);
		try {
			await this.#do(program, signal, owner);
		} catch (error) {
			// A fault of this file.
			if (error instanceof TypeError || error instanceof ReferenceError) this.faults.add(String(error.stack));
			throw error;
		} finally {
			owner.step(program.kind);
		}
	}

	#do(program: Program, signal: PausableSignal, owner: Owner): unknown {
		switch (program.kind) {
			case 'work':
				return this.work(owner);
			case 'checkpoint':
				return signal.checkpoint();
			case 'gate':
				return signal.gate.wait();
			case 'gate for a time':
				return this.#waitForATime(signal, owner);
			case 'event': {
				const target = new EventTarget();
				void this.#later().then(() => target.dispatchEvent(new Event('news')));
				return waitForEvent(signal, target, 'news');
			}
			case 'abortable':
				return this.#moving(owner, () => abortable(signal, this.#later()));
			case 'fail':
				throw new Error('as planned');
			case 'delay':
				return delay(signal, program.ms);
			case 'sequence':
				return this.#sequence(program.parts, signal, owner);
			case 'all':
				return all(signal, (inner) => this.#each(program.parts, inner, owner));
			case 'race':
				return race(signal, (inner) => [this.work(owner), ...this.#each(program.parts, inner, owner)]);
			case 'spawn':
				return this.#spawn(program, signal, owner);
			default:
				return this.#wrap(program.kind, program.body, signal, owner);
		}
	}

	async #sequence(parts: readonly Program[], signal: PausableSignal, owner: Owner): Promise<void> {
		for (const part of parts) await this.run(part, signal, owner);
	}

	#each(parts: readonly Program[], signal: PausableSignal, owner: Owner): Promise<void>[] {
		return parts.map((part) => this.run(part, signal, owner));
	}

	async #spawn(
		{body, forks, ending}: Program & {kind: 'spawn'},
		signal: PausableSignal,
		owner: Owner,
	): Promise<void> {
		await spawn(signal, async (inner, {fork, defer}) => {
			defer(async () => void (await this.work(owner)));
			const forked = forks.map((part) => fork((own) => this.run(part, own, owner)));
			await this.run(body, inner, owner);
			for (const one of forked) {
				if (ending === 'abort') one.abort();
				if (ending === 'join') await one.join();
				owner.step('join');
			}
			await this.run({kind: 'checkpoint'}, inner, owner);
		});
	}

	async #wrap(
		kind: (Program & {body: Program})['kind'],
		body: Program,
		signal: PausableSignal,
		owner: Owner,
	): Promise<void> {
		switch (kind) {
			case 'child': {
				using child = this.#child(signal);
				await this.run(body, child.signal, owner);
				break;
			}
			case 'task':
				await this.startTask(body, signal, owner).result;
				break;
			case 'deadline':
				await this.run(body, deadline(signal, 15), owner);
				break;
			case 'composite': {
				using other = this.#child();
				await this.run(body, PausableSignal.any([signal, other.signal]), owner);
				break;
			}
			case 'composite of plain':
				await this.run(body, PausableSignal.any([new AbortController().signal, signal]), owner);
				break;
			case 'retry':
				await retry(
					signal,
					async (inner, attempt) => {
						await this.run(body, inner, owner);
						if (attempt === 0) throw new Error('as planned');
					},
					{baseMs: 4, maxAttempts: 2},
				);
				break;
			case 'proactiveRetry':
				await proactiveRetry(signal, (inner) => this.run(body, inner, owner), {baseMs: 4, maxAttempts: 2});
				break;
			case 'run': {
				const apart = new Owner(this, new PausableController().signal);
				await this.#moving(owner, async () => {
					const stop = run(async (inner) => this.run(body, inner, apart).catch(() => {}));
					await this.#later();
					await stop();
				});
				break;
			}
			case 'shield':
				await shield(signal, (inner) => this.run(body, inner, owner));
				break;
			case 'shield from aborts':
				await shield(signal, (inner) => this.run(body, inner, owner), {pause: false});
				break;
			case 'execute':
				await this.#moving(owner, () =>
					execute<unknown>(signal, (resolve) => {
						void this.#later().then(resolve);
						return () => {};
					}),
				);
				await this.run(body, signal, owner);
				break;
			case 'iteration':
				for await (const _ of pausable(signal, this.#items())) await this.run(body, signal, owner);
				break;
			case 'ticks':
				for await (const tick of interval(signal, 3)) {
					await this.run(body, signal, owner);
					if (tick > 0) break;
				}
				break;
			case 'stream':
				for await (const _ of pausableStream(signal, this.#items())) await this.run(body, signal, owner);
				break;
			case 'queue': {
				const queue = new PausableQueue({signal, concurrency: 2});
				// Not both at once: in an `all()`, each would count as what another entry awaits.
				await queue.add((context) => this.run(body, context.signal, owner));
				await queue.add(() => this.work(owner));
				break;
			}
			case 'map': {
				const queue = new PausableQueue({signal, concurrency: 2});
				const mapped = queue.map([0, 1, 2], (_, context) => this.run(body, context.signal, owner));
				for await (const _ of mapped) owner.step('map');
				break;
			}
			default:
				try {
					await this.run(body, signal, owner);
				} finally {
					await this.work(owner);
				}
		}
	}

	#child(signal?: PausableSignal): PausableController {
		const child = new PausableController({signal});
		this.#children.push(child);
		return child;
	}
}

/** Lets time pass, and what follows from it happen. */
export async function passTime(ms: number): Promise<void> {
	await jest.advanceTimersByTimeAsync(ms);
}
