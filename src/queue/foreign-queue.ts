// Queues of other libraries, recognized by their shape, so that we import none of these libraries.
import {Timer} from '../core/index.ts';

/** The parts of a `PQueue` of p-queue 9 or 10 that this uses. */
interface PQueueLike {
	readonly isPaused: boolean;
	readonly pending: number;
	pause(): unknown;
	start(): unknown;
	clear(): unknown;
}

/** The parts of a queue of fastq that this uses. */
interface FastqLike {
	readonly paused: boolean;
	running(): number;
	pause(): unknown;
	resume(): unknown;
	abort(): unknown;
}

/** The parts of async's `queue`, `priorityQueue` and `cargo` that this uses. */
interface AsyncQueueLike {
	readonly paused: boolean;
	running(): number;
	pause(): unknown;
	resume(): unknown;
	remove(...args: never[]): unknown;
}

/** A queue that `followQueue()` accepts. */
export type FollowableQueue = PQueueLike | FastqLike | AsyncQueueLike;

type Method = (...args: unknown[]) => unknown;

/** A queue of any of these kinds, before its shape is known. */
export type AnyQueue = Record<string, unknown>;

/** The same verbs for each kind of queue. */
export interface Driver {
	/** Pauses the queue, whatever its owner does, until the returned function is called. */
	hold(): () => void;
	/** The number of running jobs. */
	running(): number;
	/** Calls back when {@link running} may have changed, until the returned function is called. */
	watch(callback: () => void): () => void;
	clear(reason: unknown): void;
}

export function driverOf(queue: AnyQueue): Driver | undefined {
	if (typeof queue !== 'object' || queue === null || typeof queue['pause'] !== 'function') return undefined;
	if (has(queue, 'start', 'clear') && typeof queue['isPaused'] === 'boolean') return pQueueDriver(queue);
	if (!has(queue, 'resume', 'running') || typeof queue['paused'] !== 'boolean') return undefined;
	if (has(queue, 'abort')) return pollingDriver(queue, () => abortFastq(queue));
	if (has(queue, 'remove')) return pollingDriver(queue, (reason) => emptyAsyncQueue(queue, reason));
	return undefined;
}

function has(queue: AnyQueue, ...methods: readonly string[]): boolean {
	return methods.every((name) => typeof queue[name] === 'function');
}

function pQueueDriver(queue: AnyQueue): Driver {
	return {
		hold: () => holdQueue(queue, 'start', queue['isPaused'] === true),
		running: () => queue['pending'] as number,
		watch(callback) {
			// Version 9 is an EventEmitter, version 10 an EventTarget.
			const [add, remove] = has(queue, 'on', 'off')
				? (['on', 'off'] as const)
				: (['addEventListener', 'removeEventListener'] as const);
			call(queue, add, 'next', callback);
			return () => void call(queue, remove, 'next', callback);
		},
		clear: () => void call(queue, 'clear'),
	};
}

// How often to check a queue that has no event for it, in milliseconds.
const pollEvery = 10;

function pollingDriver(queue: AnyQueue, clear: (reason: unknown) => void): Driver {
	return {
		hold: () => holdQueue(queue, 'resume', queue['paused'] === true),
		running: () => call(queue, 'running') as number,
		watch(callback) {
			let timer: Timer;
			const pollLater = (): void => {
				// The timer need not keep the process alive: a running job does that itself.
				timer = new Timer(poll, pollEvery, false);
			};
			const poll = (): void => {
				callback();
				if (call(queue, 'running') !== 0) pollLater();
			};
			pollLater();
			return () => timer.cancel();
		},
		clear,
	};
}

function call(queue: AnyQueue, name: string, ...args: unknown[]): unknown {
	return (queue[name] as Method).apply(queue, args);
}

const held = new WeakMap<AnyQueue, {count: number; readonly end: () => void}>();

/** Holds a queue until every holder has called its returned function. */
function holdQueue(queue: AnyQueue, start: 'start' | 'resume', wasPaused: boolean): () => void {
	const hold = held.get(queue) ?? {count: 0, end: takeOver(queue, start, wasPaused)};
	held.set(queue, hold);
	hold.count++;
	return () => {
		if (--hold.count > 0) return;
		held.delete(queue);
		hold.end();
	};
}

/** During the hold, the owner's calls only decide whether the queue is paused afterwards. */
function takeOver(queue: AnyQueue, start: 'start' | 'resume', wasPaused: boolean): () => void {
	let isPausedByOwner = wasPaused;
	(queue['pause'] as Method).call(queue);
	const restores = [
		replace(queue, 'pause', () => {
			isPausedByOwner = true;
			return undefined;
		}),
		replace(queue, start, () => {
			isPausedByOwner = false;
			// p-queue returns itself, for chaining.
			return start === 'start' ? queue : undefined;
		}),
	];
	return () => {
		for (const restore of restores) restore();
		if (!isPausedByOwner) (queue[start] as Method).call(queue);
	};
}

function replace(queue: AnyQueue, name: string, method: Method): () => void {
	const own = Object.getOwnPropertyDescriptor(queue, name);
	queue[name] = method;
	return () => {
		if (own === undefined) delete queue[name];
		else Object.defineProperty(queue, name, own);
	};
}

// fastq's `abort()` drops the owner's `drain`, so this restores it.
function abortFastq(queue: AnyQueue): void {
	const {drain} = queue;
	call(queue, 'abort');
	queue['drain'] = drain;
}

// async's `remove()` drops tasks without calling their callbacks, so this calls them.
function emptyAsyncQueue(queue: AnyQueue, reason: unknown): void {
	const callbacks: Method[] = [];
	const note = ({callback}: {callback: Method}): boolean => {
		callbacks.push(callback);
		return true;
	};
	call(queue, 'remove', note);
	for (const callback of callbacks)
		callback(reason ?? new DOMException('The queue was cleared', 'AbortError'));
}
