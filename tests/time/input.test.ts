// Bad input gets a clear error at once: which option, what was expected, the value and its type.
import {describe, expect, test} from '@jest/globals';
import {deadline, delay, interval, PausableController, stopwatch} from 'pausable-signal';
import {leftOn, nothing} from '../flow/kit.ts';

type Call = (signal: unknown, ms: unknown, options: unknown) => unknown;

const calls: Readonly<Record<string, {readonly call: Call; readonly ms: string}>> = {
	delay: {call: (...args) => delay(...(args as Parameters<typeof delay>)), ms: 'due'},
	interval: {call: (...args) => interval(...(args as Parameters<typeof interval>)), ms: 'ms'},
	deadline: {call: (...args) => deadline(...(args as Parameters<typeof deadline>)), ms: 'ms'},
};

/** What a call throws, or rejects with. */
async function errorOf(call: () => unknown): Promise<unknown> {
	try {
		await call();
	} catch (error) {
		return error;
	}
	throw new Error('expected it to throw');
}

const notSignals = [
	['undefined', undefined, 'undefined'],
	['a number', 100, '100 (number)'],
	['a controller', new PausableController(), 'PausableController (object)'],
] as const;

const notMilliseconds = [
	['a string', '5', 'TypeError', "'5' (string)"],
	['null', null, 'TypeError', 'null'],
	['undefined', undefined, 'TypeError', 'undefined'],
	['a bigint', 5n, 'TypeError', '5 (bigint)'],
	['a negative number', -1, 'RangeError', '-1 (number)'],
	['NaN', NaN, 'RangeError', 'NaN (number)'],
] as const;

const notOptions = [
	['a string', 'wall', 'TypeError', "options: expected an object such as {clock}, got 'wall' (string)"],
	['null', null, 'TypeError', 'options: expected an object such as {clock}, got null'],
	['another clock', {clock: 'cpu'}, 'RangeError', "clock: expected 'active' or 'wall', got 'cpu' (string)"],
	[
		'a clock that is no string',
		{clock: 1},
		'TypeError',
		"clock: expected 'active' or 'wall', got 1 (number)",
	],
] as const;

describe.each(Object.entries(calls))('%s()', (_name, {call, ms: nameOfMs}) => {
	test.each(notSignals)('for a signal: %s', async (_what, signal, got) => {
		const error = await errorOf(() => call(signal, 5, undefined));
		expect(error).toMatchObject({name: 'TypeError', message: expect.stringContaining(got)});
		expect(error).toMatchObject({message: expect.stringMatching(/^signal: expected an AbortSignal, got /)});
	});

	test.each(notMilliseconds)('for milliseconds: %s', async (_what, ms, name, got) => {
		const {signal} = new PausableController();
		const message = `${nameOfMs}: expected a number of milliseconds, 0 or more, got ${got}`;
		expect(await errorOf(() => call(signal, ms, undefined))).toMatchObject({name, message});
		expect(leftOn(signal)).toEqual(nothing);
	});

	test.each(notOptions)('for options: %s', async (_what, options, name, message) => {
		const {signal} = new PausableController();
		expect(await errorOf(() => call(signal, 5, options))).toMatchObject({name, message});
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('refuses bad input under an aborted signal, too', async () => {
		const controller = new PausableController();
		controller.abort('enough');
		expect(await errorOf(() => call(controller.signal, -1, undefined))).toMatchObject({name: 'RangeError'});
	});
});

test('interval() without a period is refused', async () => {
	const {signal} = new PausableController();
	expect(await errorOf(() => interval(signal, 0))).toMatchObject({
		name: 'RangeError',
		message: 'ms: expected a number of milliseconds above 0, got 0 (number)',
	});
});

test('delay() with an invalid Date is refused', async () => {
	const {signal} = new PausableController();
	expect(await errorOf(() => delay(signal, new Date(NaN)))).toMatchObject({
		name: 'RangeError',
		message: 'due: expected a valid Date, got Date (object)',
	});
});

test('delay() rejects, and throws nothing', () => {
	const promise = delay('no signal' as never, 5);
	promise.catch(() => {});
	expect(promise).toBeInstanceOf(Promise);
});

test.each(notSignals)('stopwatch(): %s', async (_what, signal, got) => {
	const error = await errorOf(() => stopwatch(signal as never));
	expect(error).toMatchObject({name: 'TypeError', message: expect.stringContaining(got)});
	expect(error).toMatchObject({message: expect.stringMatching(/^signal: expected an AbortSignal, got /)});
});
