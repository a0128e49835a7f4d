// F4: an application that puts our classes in the place of the platform's.
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {
	all,
	deadline,
	delay,
	forever,
	isAbortOf,
	PausableController,
	PausableSignal,
	race,
	retry,
	shield,
	Task,
} from 'pausable-signal';
import {pausableFetch} from 'pausable-signal/fetch';
import {PausableQueue} from 'pausable-signal/queue';

const native = {AbortController, AbortSignal};

beforeEach(() => {
	Object.assign(globalThis, {AbortController: PausableController, AbortSignal: PausableSignal});
});

afterEach(() => void Object.assign(globalThis, native));

const made: readonly (readonly [string, () => AbortSignal])[] = [
	['new AbortController', () => new AbortController().signal],
	['new PausableController', () => new PausableController().signal],
	['a child', () => new PausableController({signal: new AbortController().signal}).signal],
	['PausableSignal.abort', () => PausableSignal.abort('early')],
	['PausableSignal.timeout', () => PausableSignal.timeout(1e9)],
	['PausableSignal.any', () => PausableSignal.any([new AbortController().signal])],
	['PausableSignal.from', () => PausableSignal.from(new native.AbortController().signal)],
	['AbortSignal.any', () => AbortSignal.any([new AbortController().signal])],
	['deadline', () => deadline(new AbortController().signal, 1e9)],
	['the signal of a queue', () => new PausableQueue().signal],
	['the signal of a task', () => Task.start(({signal}) => signal).signal],
];

describe('F4: with globalThis.AbortController = PausableController', () => {
	test.each(made)('%s makes a signal of ours', (_name, make) => {
		const signal = make();
		expect(signal).toBeInstanceOf(PausableSignal);
		expect(signal).toBeInstanceOf(native.AbortSignal);
		expect((signal as PausableSignal).paused).toBe(false);
	});

	test('a signal of such a controller is paused and aborted once', () => {
		const controller = new AbortController() as PausableController;
		const seen: string[] = [];
		for (const type of ['pause', 'resume', 'abort'])
			controller.signal.addEventListener(type, () => seen.push(type));
		controller.pause();
		controller.resume();
		controller.abort('enough');
		expect([seen, controller.signal.reason]).toEqual([['pause', 'resume', 'abort'], 'enough']);
	});

	const works: readonly (readonly [string, (signal: AbortSignal) => Promise<unknown>])[] = [
		['all', (signal) => all(signal, (inner) => [forever(inner)])],
		['race', (signal) => race(signal, (inner) => [forever(inner)])],
		['retry', (signal) => retry(signal, (inner) => forever(inner))],
		['delay', (signal) => delay(signal, 1e9)],
		['shield', (signal) => shield(signal, (inner) => forever(inner), {abort: false})],
		[
			'pausableFetch',
			(signal) => pausableFetch('http://127.0.0.1:9/', {signal, fetch: () => new Promise(() => {})}),
		],
	];

	test.each(works)('%s is aborted as ever', async (_name, work) => {
		const controller = new AbortController();
		const outcome = work(controller.signal).catch((error: unknown) => error);
		await Promise.resolve();
		controller.abort();
		expect(isAbortOf(controller.signal, await outcome)).toBe(true);
	});
});
