import {
	expectBoolean,
	expectFunction,
	expectMilliseconds,
	expectOneOf,
	expectOptions,
	expectSignal,
	outOfRange,
	reasonOf,
	wrongType,
} from '../core/index.ts';
import type {JobOptions} from './job.ts';
import type {LaneOptions, TaskSetOptions} from './options.ts';

// p-queue throws a TypeError for every bad option, whatever is wrong with it. The options that we share
// with it do the same.

export function expectLimit(name: string, value: unknown): number {
	const isLimit = typeof value === 'number' && value >= 1 && (value === Infinity || Number.isInteger(value));
	if (!isLimit) throw wrongType(name, 'a whole number from 1 on, or Infinity', value);
	return value;
}

/** The limit of `onSizeLessThan()`: a number above 0, as fewer than no tasks never wait. */
export function expectSizeLimit(value: unknown): number {
	if (typeof value !== 'number' || !(value > 0)) throw wrongType('limit', 'a number above 0', value);
	return value;
}

export function expectTimeoutOption(value: unknown): number | undefined {
	if (value === undefined) return undefined;
	if (typeof value !== 'number' || !(value > 0) || value === Infinity)
		throw wrongType('timeout', 'a finite number of milliseconds above 0', value);
	return value;
}

export function expectPriority(value: unknown): number {
	if (typeof value !== 'number' || Number.isNaN(value)) throw wrongType('priority', 'a number', value);
	return value;
}

export function expectAddOptions(
	options: {readonly id?: unknown; readonly signal?: unknown} | undefined,
): void {
	expectOptions('options', options);
	if (options?.id !== undefined && typeof options.id !== 'string')
		throw wrongType('id', 'a string', options.id);
	if (options?.signal !== undefined) expectSignal('signal', options.signal);
}

/** What tasks without such an option of their own get. */
interface TaskDefaults {
	readonly timeout: number | undefined;
	nextId(): string;
}

/** The options of `add()`, checked and complete. */
export function settleTask(
	fn: unknown,
	options: {readonly [Name in keyof JobOptions]?: JobOptions[Name] | undefined} | undefined,
	defaults: TaskDefaults,
): JobOptions {
	expectFunction('fn', fn);
	if (options === undefined)
		return {id: defaults.nextId(), priority: 0, timeout: defaults.timeout, signal: undefined};
	expectAddOptions(options);
	const {id = defaults.nextId(), priority = 0, signal} = options;
	const timeout = 'timeout' in options ? options.timeout : defaults.timeout;
	expectPriority(priority);
	expectTimeoutOption(timeout);
	if (signal?.aborted === true) throw reasonOf(signal);
	return {...options, id, priority, timeout, signal};
}

/** The options of a set with all defaults filled in. */
export function fillSetOptions(options: TaskSetOptions | undefined): LaneOptions {
	expectOptions('options', options, '{concurrency}');
	const {
		concurrency = Infinity,
		intervalCap = Infinity,
		interval = 0,
		strict = false,
		priority = 0,
		whilePaused = 'release',
	} = options ?? {};
	if (expectMilliseconds('interval', interval) === Infinity)
		throw outOfRange('interval', 'a finite number of milliseconds', interval);
	return {
		concurrency: expectLimit('concurrency', concurrency),
		intervalCap: expectLimit('intervalCap', intervalCap),
		interval,
		strict: expectBoolean('strict', strict),
		priority: expectPriority(priority),
		whilePaused: expectOneOf('whilePaused', ['hold', 'release'], whilePaused),
	};
}

// The longest time that setInterval can wait.
const longestInterval = 2 ** 31 - 1;

const queueMethods = ['enqueue', 'dequeue', 'filter', 'setPriority', 'remove'] as const;

/** Accepts a class with the methods that p-queue calls. */
export function expectQueueClass(value: unknown): void {
	const expected = `a class with size, ${queueMethods.join(', ')}`;
	if (!isConstructor(value)) throw wrongType('queueClass', expected, value);
	const {prototype} = value as {readonly prototype?: object};
	// Methods that the constructor assigns exist only on an instance.
	if (!hasMethods(prototype) && !hasMethods(new value())) throw wrongType('queueClass', expected, value);
}

function hasMethods(object: object | undefined): boolean {
	const methods = object as Record<string, unknown> | undefined;
	return queueMethods.every((name) => typeof methods?.[name] === 'function');
}

function isConstructor(value: unknown): value is new () => object {
	try {
		// This calls no code of the class: it only checks that it can be a `new.target`.
		Reflect.construct(Object, [], value as new () => object);
		return true;
	} catch {
		return false;
	}
}

/** Checks the options of the queue's own rate limit, by p-queue's rules. */
export function expectRate(options: {
	readonly interval: unknown;
	readonly intervalCap: unknown;
	readonly strict: unknown;
}): void {
	const {interval, intervalCap, strict} = options;
	expectLimit('intervalCap', intervalCap);
	const isTime = typeof interval === 'number' && Number.isFinite(interval) && interval >= 0;
	if (!isTime) throw wrongType('interval', 'a finite number of milliseconds, 0 or more', interval);
	if (intervalCap !== Infinity && interval > longestInterval)
		throw wrongType('interval', `at most ${longestInterval} with an \`intervalCap\``, interval);
	if (strict !== true) return;
	if (interval === 0) throw wrongType('interval', 'more than 0 with `strict`', interval);
	if (intervalCap === Infinity) throw wrongType('intervalCap', 'a finite number with `strict`', intervalCap);
}

export function expectNotDisposed({isDisposed}: {readonly isDisposed: boolean}): void {
	if (isDisposed)
		throw new DOMException('The task set was disposed: it takes no more tasks', 'InvalidStateError');
}
