// Rule 13: bad input gets a clear error at once.
import {describe, expect, test} from '@jest/globals';
import {Gate, PausableController, PausableSignal} from 'pausable-signal';
import {
	describe as words,
	expectBytes,
	expectCount,
	expectOneOf,
	isAbortSignal,
	isDate,
} from '../../src/core/validate.ts';

const bad = (value: unknown): never => value as never;
const {signal} = new PausableController();

const thrown: readonly (readonly [() => unknown, typeof TypeError | typeof RangeError, string])[] = [
	[() => new Gate(bad(0)), TypeError, 'open: expected a boolean, got 0 (number)'],
	[() => new Gate(bad(null)), TypeError, 'open: expected a boolean, got null'],
	[
		() => new PausableController(bad(null)),
		TypeError,
		'options: expected an object such as {signal}, got null',
	],
	[
		() => new PausableController(bad('x')),
		TypeError,
		"options: expected an object such as {signal}, got 'x' (string)",
	],
	[
		() => new PausableController({signal: bad(null)}),
		TypeError,
		'signal: expected an AbortSignal or an array of them, got null',
	],
	[
		() => new PausableController({signal: bad(new AbortController())}),
		TypeError,
		'signal: expected an AbortSignal or an array of them, got AbortController (object)',
	],
	[
		() => new PausableController({signal: [signal, bad(undefined)]}),
		TypeError,
		'signal[1]: expected an AbortSignal, got undefined',
	],
	[
		() => new PausableController({signal: bad({aborted: false})}),
		TypeError,
		'signal: expected an AbortSignal or an array of them, got Object (object)',
	],
	[
		() => new PausableController({signal: bad(new EventTarget())}),
		TypeError,
		'signal: expected an AbortSignal or an array of them, got EventTarget (object)',
	],
	[
		() => new PausableController().hold('', bad(5)),
		TypeError,
		'options: expected an object such as {until}, got 5 (number)',
	],
	[
		() => expectBytes('size', 'x'),
		TypeError,
		"size: expected a number of bytes, 0 or more, got 'x' (string)",
	],
	[() => expectBytes('size', -1), RangeError, 'size: expected a number of bytes, 0 or more, got -1 (number)'],
	[() => expectCount('count', 1, 2), RangeError, 'count: expected a whole number, 2 or more, got 1 (number)'],
	[
		() => expectOneOf('mode', ['fast', 'slow'], 'soon'),
		RangeError,
		"mode: expected 'fast' or 'slow', got 'soon' (string)",
	],
	[
		() => expectOneOf('mode', ['fast', 'slow'], 5),
		TypeError,
		"mode: expected 'fast' or 'slow', got 5 (number)",
	],
	[
		() => new PausableController().hold('429', {until: new Date(Number.NaN)}),
		RangeError,
		'until: expected a valid Date, got Date (object)',
	],
	[() => expectCount('count', '5'), TypeError, "count: expected a whole number, 1 or more, got '5' (string)"],
	[
		() => expectCount('count', 1.5, 0),
		RangeError,
		'count: expected a whole number, 0 or more, got 1.5 (number)',
	],
	[
		() => Reflect.get(PausableSignal.prototype, 'paused', new AbortController().signal),
		TypeError,
		'Illegal invocation: not a PausableSignal',
	],
	[() => new PausableController({name: bad(5)}), TypeError, 'name: expected a string, got 5 (number)'],
	[
		() => PausableSignal.any(bad(undefined)),
		TypeError,
		'signals: expected an iterable of AbortSignals, got undefined',
	],
	[() => PausableSignal.any(bad(null)), TypeError, 'signals: expected an iterable of AbortSignals, got null'],
	[
		() => PausableSignal.any(bad(signal)),
		TypeError,
		'signals: expected an iterable of AbortSignals, got an AbortSignal',
	],
	[
		() => PausableSignal.any([signal, bad({})]),
		TypeError,
		'signals[1]: expected an AbortSignal, got Object (object)',
	],
	[
		() => PausableSignal.any([], bad(5)),
		TypeError,
		'options: expected an object such as {pause}, got 5 (number)',
	],
	[() => PausableSignal.any([], {pause: bad(null)}), TypeError, 'pause: expected a PausableSignal, got null'],
	[
		() => PausableSignal.any([], {pause: bad(new AbortController().signal)}),
		TypeError,
		'pause: expected a PausableSignal, got an AbortSignal',
	],
	[
		() => PausableSignal.any([], {pause: [signal, bad(AbortSignal.abort())]}),
		TypeError,
		'pause[1]: expected a PausableSignal, got an AbortSignal',
	],
	[() => PausableSignal.from(bad(undefined)), TypeError, 'signal: expected an AbortSignal, got undefined'],
	[
		() => PausableSignal.timeout(bad('1')),
		TypeError,
		"ms: expected a number of milliseconds, 0 or more, got '1' (string)",
	],
	[
		() => PausableSignal.timeout(-1),
		RangeError,
		'ms: expected a number of milliseconds, 0 or more, got -1 (number)',
	],
	[
		() => PausableSignal.timeout(NaN),
		RangeError,
		'ms: expected a number of milliseconds, 0 or more, got NaN (number)',
	],
];

test.each(thrown)('%s throws', (call, type, message) => {
	expect(call).toThrow(type);
	expect(call).toThrow(new RegExp(`^${escaped(message)}$`));
});

const rejected: readonly (readonly [() => Promise<unknown>, typeof TypeError | typeof RangeError, string])[] =
	[
		[
			() => new Gate().wait(bad(5)),
			TypeError,
			'options: expected an object such as {timeout}, got 5 (number)',
		],
		[
			() => new Gate().wait({timeout: bad('1')}),
			TypeError,
			"timeout: expected a number of milliseconds, 0 or more, got '1' (string)",
		],
		[
			() => new Gate().wait({timeout: -1}),
			RangeError,
			'timeout: expected a number of milliseconds, 0 or more, got -1 (number)',
		],
		[
			() => new Gate().wait({timeout: NaN}),
			RangeError,
			'timeout: expected a number of milliseconds, 0 or more, got NaN (number)',
		],
		[() => new Gate().wait({signal: bad(null)}), TypeError, 'signal: expected an AbortSignal, got null'],
		[() => signal.gate.wait(bad(null)), TypeError, 'options: expected an object such as {timeout}, got null'],
		[
			() => signal.gate.wait({timeout: bad(1n)}),
			TypeError,
			'timeout: expected a number of milliseconds, 0 or more, got 1 (bigint)',
		],
		[
			() => signal.gate.wait({timeout: -1}),
			RangeError,
			'timeout: expected a number of milliseconds, 0 or more, got -1 (number)',
		],
	];

test.each(rejected)('%s rejects', async (call, type, message) => {
	await expect(call()).rejects.toThrow(type);
	await expect(call()).rejects.toThrow(new RegExp(`^${escaped(message)}$`));
});

describe('a bad option changes nothing', () => {
	test('on the signals that were given with it', () => {
		const parent = new PausableController();
		expect(() => new PausableController({signal: parent.signal, name: bad(5)})).toThrow();
		expect(() => PausableSignal.any([parent.signal], bad(5))).toThrow();
		parent.abort();
		expect(parent.signal.aborted).toBe(true);
	});

	test('at a gate', async () => {
		const gate = new Gate(false);
		await expect(gate.wait({timeout: -1})).rejects.toThrow();
		expect(gate.waiting).toBe(0);
	});
});

describe('reasons are not looked at: anything goes', () => {
	test.each([
		['nothing', undefined],
		['null', null],
		['a symbol', Symbol('why')],
		['a function', (): void => {}],
		['an object without a prototype', Object.create(null)],
		['a promise', Promise.resolve(5)],
		[
			'a thenable',
			{
				get then(): never {
					throw new Error('must not be looked at');
				},
			},
		],
	])('%s', async (_name, reason: unknown) => {
		const controller = new PausableController();
		controller.pause(reason);
		expect(Object.is(controller.signal.pauseReason, reason)).toBe(true);
		const checkpoint = controller.signal.checkpoint();
		controller.abort(reason ?? 'given');
		const caught = await checkpoint.then(
			() => undefined,
			(error: unknown) => [error],
		);
		expect(Object.is(caught?.[0], reason ?? 'given')).toBe(true);
	});
});

describe('what is good passes', () => {
	test.each<[string, () => unknown, unknown]>([
		['no bytes', () => expectBytes('size', 0), 0],
		['any number of bytes', () => expectBytes('size', Infinity), Infinity],
		['the least count', () => expectCount('count', 2, 2), 2],
		['a count without end', () => expectCount('count', Infinity), Infinity],
		['one of the words', () => expectOneOf('mode', ['fast', 'slow'], 'slow'), 'slow'],
		['a Date', () => isDate(new Date(0)), true],
		['what only inherits from a Date', () => isDate(Object.create(new Date(0))), false],
		['no Date but its number', () => isDate(0), false],
		['a signal', () => isAbortSignal(new AbortController().signal), true],
		['no signal but what throws', () => isAbortSignal(new Proxy({}, {get: () => fail()})), false],
	])('%s', (_name, ask, expected) => {
		expect(ask()).toBe(expected);
	});
});

describe('messages say what was passed', () => {
	test.each([
		[undefined, 'undefined'],
		[null, 'null'],
		[-0, '0 (number)'],
		['', "'' (string)"],
		[true, 'true (boolean)'],
		[5n, '5 (bigint)'],
		[Symbol('s'), 'Symbol(s) (symbol)'],
		[function named() {}, 'named (function)'],
		[(() => () => {})(), 'anonymous (function)'],
		[[], 'an array'],
		[new Date(0), 'Date (object)'],
		[Object.create(null), 'Object (object)'],
		[{}, 'Object (object)'],
		[new (class {})(), 'Object (object)'],
		[new Map(), 'Map (object)'],
	])('%p', (value: unknown, said) => {
		expect(words(value)).toBe(said);
	});

	test('an object that throws at every access', () => {
		expect(words(new Proxy({}, {get: () => fail()}))).toBe('Object (object)');
	});
});

function escaped(text: string): string {
	return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function fail(): never {
	throw new Error('nobody may read this');
}
