import {builtin, observeCheckpoints} from '../core/index.ts';
import {framesOfUser, isOfCaller} from './place.ts';
import {ownProcess} from './platform.ts';

/** The moments at which a sweep can interrupt running work, counted from `start()` to `stop()`. */
export interface Pulse {
	/** Calls back at the beginning of each point. */
	start(onPoint: () => void): void;
	stop(): void;
	/** Calls a function whose jobs belong to the work, which may then move for `turns` turns unseen. */
	within(fn: () => void, turns?: number): void;
	/** To be called when the work has ended: from then on it moves as little as any work just woken. */
	calm?(): void;
	/** At a standstill: the number of the last points without any visible work. */
	readonly surplus?: number;
	/** The last place of the work in the user's code, if it is traced and the host shows it. */
	readonly place: string | undefined;
}

interface Hook {
	enable(): unknown;
	disable(): unknown;
}

interface AsyncHooks {
	createHook(callbacks: {
		init(id: number, type: string, trigger: number): void;
		before(id: number): void;
	}): Hook;
	executionAsyncId(): number;
}

function placeOfCaller(): string | undefined {
	return framesOfUser(new Error('place').stack)[0];
}

/**
 * Each job of the work on the event loop is a point, and so is each promise job. Only Node shows them.
 * Jobs of others, such as a test runner that writes a line, are no points, as they come at any time.
 */
class JobPulse implements Pulse {
	readonly #hooks: AsyncHooks;
	readonly #isTracing: boolean;
	/** The jobs that the work, or one of its jobs, has made. */
	readonly #own = new Set<number>();
	#isWithin = false;
	#hook: Hook | undefined;
	/** The lines of the last wait, and of the calls that led to it in the present job. */
	#wait: readonly string[] = [];

	constructor(hooks: AsyncHooks, isTracing: boolean) {
		this.#hooks = hooks;
		this.#isTracing = isTracing;
	}

	start(onPoint: () => void): void {
		this.#hook = this.#hooks.createHook({
			init: (id, type, trigger) => {
				const job = this.#hooks.executionAsyncId();
				if (!this.#isWithin && !this.#own.has(job)) return;
				this.#own.add(id);
				// A promise that another one triggers waits for it: an await, or a then().
				if (this.#isTracing && type === 'PROMISE') this.#trace(trigger !== job);
			},
			before: (id) => {
				if (!this.#own.has(id)) return;
				onPoint();
				this.#wait = this.#wait.slice(0, 1);
			},
		});
		this.#hook.enable();
	}

	// A function that begins to wait returns to its caller, which begins to wait for it, and so on: of these
	// waits the first one tells where the work stands.
	#trace(isWait: boolean): void {
		if (!isWait && this.#wait.length > 0) return;
		const wait = framesOfUser(new Error('place').stack);
		if (wait.length > 0 && !isOfCaller(wait, this.#wait)) this.#wait = wait;
	}

	get place(): string | undefined {
		return this.#wait[0];
	}

	stop(): void {
		this.#hook?.disable();
	}

	within(fn: () => void): void {
		const wasWithin = this.#isWithin;
		this.#isWithin = true;
		fn();
		this.#isWithin = wasWithin;
	}
}

/** How many turns of the microtask queue are points after the work was last seen to move. */
const turnsAfterMove = 8;

/**
 * For hosts that do not show promise jobs: turns of the microtask queue are points, whatever runs in
 * them, for a while after the sweep has woken the work or the work has reached a checkpoint.
 */
class TurnPulse implements Pulse {
	readonly #isTracing: boolean;
	#onPoint: (() => void) | undefined;
	#turnsLeft = 0;
	surplus = 0;
	#unobserve: (() => void) | undefined;
	place: string | undefined;

	constructor(isTracing: boolean) {
		this.#isTracing = isTracing;
	}

	start(onPoint: () => void): void {
		this.#onPoint = onPoint;
		this.#unobserve = observeCheckpoints(() => {
			if (this.#isTracing) this.place = placeOfCaller() ?? this.place;
			this.#wake();
		});
	}

	#wake(turns = turnsAfterMove): void {
		const isTurning = this.#turnsLeft > 0;
		this.#turnsLeft = Math.max(this.#turnsLeft, turns);
		this.surplus = this.#turnsLeft - turnsAfterMove;
		if (!isTurning) void this.#turn();
	}

	calm(): void {
		this.#turnsLeft = Math.min(this.#turnsLeft, turnsAfterMove);
	}

	async #turn(): Promise<void> {
		while (this.#onPoint !== undefined && this.#turnsLeft > 0) {
			await Promise.resolve();
			this.#turnsLeft--;
			this.#onPoint?.();
		}
	}

	stop(): void {
		this.#onPoint = undefined;
		this.#unobserve?.();
	}

	within(fn: () => void, turns?: number): void {
		// First, so that the first turn comes before the jobs of the work.
		this.#wake(turns);
		fn();
	}
}

/** Each checkpoint, clock and read of the library that the work reaches is a point. */
class CheckpointPulse implements Pulse {
	readonly #isTracing: boolean;
	#unobserve: (() => void) | undefined;
	place: string | undefined;

	constructor(isTracing: boolean) {
		this.#isTracing = isTracing;
	}

	start(onPoint: () => void): void {
		this.#unobserve = observeCheckpoints(() => {
			if (this.#isTracing) this.place = placeOfCaller();
			onPoint();
		});
	}

	stop(): void {
		this.#unobserve?.();
	}

	within(fn: () => void): void {
		fn();
	}
}

// Bun and Deno have the module, but never call the hooks.
function tellsOfJobs(): AsyncHooks | undefined {
	const {bun, deno} = ownProcess()?.versions ?? {};
	return bun === undefined && deno === undefined ? (builtin('node:async_hooks') as AsyncHooks) : undefined;
}

/** The finest pulse that this host has. In real time, only checkpoints come in the same order each time. */
export function createPulse(time: 'virtual' | 'real', isTracing: boolean): Pulse {
	if (time === 'real') return new CheckpointPulse(isTracing);
	const hooks = tellsOfJobs();
	return hooks === undefined ? new TurnPulse(isTracing) : new JobPulse(hooks, isTracing);
}
