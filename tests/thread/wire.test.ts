// How reasons and errors cross, and the words that say that something changed.
import {describe, expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import {decode, encode, encodeResult} from '../../src/thread/wire.ts';
import {
	aborted,
	createMemory,
	isNewer,
	nextVersion,
	open,
	paused,
	readReason,
	stateOf,
	storeWord,
	versionOf,
	wordOf,
	writeReason,
} from '../../src/thread/words.ts';

/** What arrives at the other side. */
function cross(value: unknown, sent?: {aborted: boolean; reason: unknown}, got = sent): unknown {
	return decode(structuredClone(encode(value, sent)), got);
}

class HttpError extends TypeError {
	override name = 'HttpError';
	status = 503;
	retry = {after: new Date(5)};
	callback = (): void => {};
}

describe('values', () => {
	test('that can be cloned cross as they are', () => {
		fc.assert(
			fc.property(fc.anything({withBigInt: true, withDate: true, withMap: true, withSet: true}), (value) => {
				expect(cross(value)).toEqual(value);
			}),
		);
	});

	const unreadable = {
		get(): never {
			throw new Error('no');
		},
	};

	test.each<[string, unknown, RegExp]>([
		['a function', () => {}, /A value that cannot cross threads: anonymous \(function\)/],
		['a symbol', Symbol('s'), /A value that cannot cross threads: Symbol\(s\) \(symbol\)/],
		['an object with a function', {run() {}}, /cannot cross threads: Object \(object\)/],
		['an object that nothing can be read from', new Proxy({}, unreadable), /threads: Object \(object\)/],
		[
			'a function that nothing can be read from',
			new Proxy(() => {}, unreadable),
			/cannot cross threads: a function that nothing can be read from/,
		],
	])('W8: %s arrives as an error that says so', (_name, value, message) => {
		expect(cross(value)).toMatchObject({name: 'Error', message: expect.stringMatching(message)});
	});

	test('W8: the reason of the signal arrives as the reason of the other side', () => {
		const reason = {why: 'enough'};
		const copy = {why: 'enough'};
		const failure = new Error('cleanup', {cause: reason});
		expect(cross(reason, {aborted: true, reason}, {aborted: true, reason: copy})).toBe(copy);
		const arrived = cross(failure, {aborted: true, reason}, {aborted: true, reason: copy});
		expect((arrived as Error).cause).toBe(copy);
		expect(cross(undefined, {aborted: false, reason: undefined})).toBeUndefined();
	});

	test('an error as a result is encoded as an error, and any other result is left to the port', () => {
		const run = (): void => {};
		expect(encodeResult(run)).toEqual({value: run});
		expect(decode(structuredClone(encodeResult(new RangeError('r'))))).toMatchObject({name: 'RangeError'});
	});
});

describe('errors', () => {
	test.each([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])(
		'W8: %p is rebuilt as the class that it is',
		(Native) => {
			const error = new Native('m', {cause: 1});
			const arrived = cross(error) as Error;
			expect(arrived).toBeInstanceOf(Native);
			expect([arrived.name, arrived.message, arrived.stack, arrived.cause]).toEqual([
				error.name,
				'm',
				error.stack,
				1,
			]);
			expect(Object.keys(arrived)).toEqual([]);
		},
	);

	test('W8: an error of a custom class is rebuilt as its native class, with its fields', () => {
		const arrived = cross(new HttpError('busy'));
		expect(arrived).toBeInstanceOf(TypeError);
		expect(arrived).toMatchObject({name: 'HttpError', status: 503, retry: {after: new Date(5)}});
		expect(arrived).not.toHaveProperty('callback');
	});

	test('W8: a DOMException stays a DOMException', () => {
		const arrived = cross(new DOMException('late', 'TimeoutError'));
		expect(Object.prototype.toString.call(arrived)).toBe('[object DOMException]');
		expect(arrived).toMatchObject({name: 'TimeoutError', message: 'late', code: 23});
	});

	test('W8: causes and the errors of an AggregateError cross, also those in fields', () => {
		const inner = new DOMException('x', 'AbortError');
		const error = new AggregateError([inner, 'two', new RangeError('three')], 'all', {cause: inner});
		const arrived = cross(Object.assign(error, {inner})) as AggregateError & {inner: Error};
		expect(arrived.errors.map((one) => (one as Error).name ?? one)).toEqual([
			'AbortError',
			'two',
			'RangeError',
		]);
		expect([(arrived.cause as Error).name, arrived.inner.name]).toEqual(['AbortError', 'AbortError']);
	});

	test('W8: encoding a cycle ends, and so does encoding an endless chain', () => {
		const error: AggregateError & {self?: Error} = new AggregateError([], 'ring');
		error.self = error;
		error.errors = Array.from({length: 20}, () => error);
		expect(() => JSON.stringify(encode(error))).not.toThrow();
		let chain = new Error('0');
		for (let depth = 1; depth < 50; depth++) chain = new Error(String(depth), {cause: chain});
		let depth = 0;
		for (let at = cross(chain) as Error | undefined; at !== undefined; at = at.cause as Error) depth++;
		expect(depth).toBe(9);
	});

	test('W8: a getter that throws does not make the encoding throw', () => {
		const error = new Error('m');
		Object.defineProperty(error, 'bad', {
			enumerable: true,
			get() {
				throw new Error('no');
			},
		});
		expect(cross(error)).toMatchObject({message: expect.stringMatching(/cannot cross threads/)});
	});

	test('any error arrives with its name and message, whatever it carries', () => {
		const names = fc.constantFrom(Error, TypeError, RangeError);
		fc.assert(
			fc.property(names, fc.string(), fc.anything(), fc.dictionary(fc.string(), fc.anything()), (...made) => {
				const [Native, message, cause, fields] = made;
				const error = new Native(message, {cause});
				for (const [key, value] of Object.entries(fields))
					if (!(key in error)) Object.defineProperty(error, key, {value, enumerable: true});
				const arrived = cross(error) as Error;
				expect([arrived.name, arrived.message]).toEqual([Native.name, message]);
				expect(arrived.cause).toEqual(cause);
			}),
		);
	});
});

describe('words', () => {
	const versions = fc.integer({min: 0, max: 2 ** 29 - 1});

	test('W2: a word is never negative, and gives back its version and state', () => {
		fc.assert(
			fc.property(versions, fc.constantFrom(open, paused, aborted), (version, state) => {
				const word = wordOf(version, state);
				expect([word >= 0, versionOf(word), stateOf(word)]).toEqual([true, version, state]);
			}),
		);
	});

	test('W2: versions are compared by difference, over the end of their range, too', () => {
		fc.assert(
			fc.property(versions, fc.integer({min: 1, max: 1000}), (version, steps) => {
				let later = version;
				for (let step = 0; step < steps; step++) later = nextVersion(later);
				expect([isNewer(later, version), isNewer(version, later)]).toEqual([true, false]);
				expect(isNewer(version, version)).toBe(false);
			}),
		);
	});

	test('W30: a reason is left as text for a thread that can take no message, unless it is too long', () => {
		const words = new Int32Array(new SharedArrayBuffer(8 + 4096));
		writeReason(words, encode(new RangeError('what?')));
		storeWord(words, 3, aborted);
		expect(decode(readReason(words)!)).toMatchObject({name: 'RangeError', message: 'what?'});
		for (const reason of ['ä'.repeat(2048), 1n]) {
			writeReason(words, encode(reason));
			expect(readReason(words)).toBeUndefined();
		}
	});

	test('W30: Node, which can take messages, shares one word', () => {
		const words = new Int32Array(createMemory()!);
		writeReason(words, encode('enough'));
		expect([words.length, readReason(words)]).toEqual([1, undefined]);
	});
});
