// What comes from outside is taken as it is meant, or refused: the same in every function.
import {afterAll, describe, expect, jest, test} from '@jest/globals';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {createContext, runInContext} from 'node:vm';
import {PausableController} from 'pausable-signal';
import {entries, functionsOf} from './exports.ts';
import {cleanUp, type Row, rows} from './functions.ts';

afterAll(cleanUp);

const {signal} = new PausableController();
const plain = new AbortController().signal;

type Called<K extends keyof Row> = readonly [string, NonNullable<Row[K]>, Row];

function rowsWith<K extends keyof Row>(kind: K): Called<K>[] {
	return Object.entries(rows).flatMap(([name, row]) => {
		const call = row[kind];
		return call === undefined ? [] : [[name, call, row] as const];
	});
}

/** What a call throws, or its promise rejects with. */
async function failureOf(call: () => unknown): Promise<unknown> {
	try {
		await call();
	} catch (error) {
		return error;
	}
	throw new Error('it did not fail');
}

test('the table has a row for every function that is exported', async () => {
	const exported = (await Promise.all(entries.map(functionsOf))).flat();
	expect(Object.keys(rows).toSorted()).toEqual(exported.toSorted());
});

const notOptions: readonly (readonly [string, unknown, string])[] = [
	['a PausableSignal', signal, 'an AbortSignal'],
	['a plain AbortSignal', plain, 'an AbortSignal'],
	['signals', [signal, plain], 'an array'],
	['nothing in brackets', [], 'an array'],
	['null', null, 'null'],
	['a number', 5, '5 (number)'],
	['a text', 'x', "'x' (string)"],
	['a yes', true, 'true (boolean)'],
	['a function', function work(): void {}, 'work (function)'],
];

describe.each(rowsWith('options'))('A3: %s, instead of its options, refuses', (_name, call, row) => {
	const refused = notOptions.filter(([, value]) => row.alsoTakes?.includes(value) !== true);

	test.each(refused)('%s', async (_kind, value, words) => {
		const error = await failureOf(() => call(value as never));
		expect(error).toBeInstanceOf(TypeError);
		expect((error as Error).message).toMatch(
			/^(options|init): expected an object such as \{\w[\w, ]*\}, got /,
		);
		expect((error as Error).message.endsWith(`, got ${words}`)).toBe(true);
	});
});

/** As some polyfills and old versions of jsdom have it: an abort without a reason. */
class OldSignal extends EventTarget {
	aborted = false;

	abort(): void {
		this.aborted = true;
		this.dispatchEvent(new Event('abort'));
	}
}

describe.each(rowsWith('signal'))(
	'C1: %s, given an aborted signal without a reason, fails',
	(_name, call, row) => {
		function expectAbortError(error: unknown): void {
			expect(error).toMatchObject({name: 'AbortError', message: 'This operation was aborted'});
		}

		test('with one AbortError, the same each time', async () => {
			const old = new OldSignal();
			old.abort();
			const error = await failureOf(() => call(old as never));
			expectAbortError(error);
			expect(await failureOf(() => call(old as never))).toBe(error);
		});

		if (row.looksOnce !== true)
			test('with an AbortError when it is aborted later', async () => {
				const old = new OldSignal();
				const failure = failureOf(() => call(old as never));
				for (let turn = 0; turn < 10; turn++) await Promise.resolve();
				old.abort();
				expectAbortError(await failure);
			});
	},
);

test('C1: no room but the core reads the reason of a signal: reasonOf() does', () => {
	const readers = readdirSync('src', {recursive: true, encoding: 'utf8'})
		// What thread/wire.ts calls a signal is the two facts that both threads know.
		.filter((file) => file.endsWith('.ts') && !file.startsWith('core') && !file.endsWith('wire.ts'))
		.filter((file) =>
			readFileSync(path.join('src', file), 'utf8')
				.split('\n')
				.some((line) => /(?:signal|outer)\??\.reason\b/i.test(line) && !/^\s*(?:\*|\/\/)/.test(line)),
		);
	expect(readers).toEqual([]);
});

describe.each(rowsWith('date'))('C4: %s takes a Date', (_name, call) => {
	const other = runInContext('(time) => new Date(time)', createContext()) as (time: number) => Date;

	test('of another realm', async () => {
		await call(other(Date.now() + 1));
	});

	test('of another realm only when it is valid', async () => {
		const error = await failureOf(() => call(other(Number.NaN)));
		expect(error).toMatchObject({
			name: 'RangeError',
			message: expect.stringMatching(/^\w+: expected a valid Date, got Date \(object\)$/),
		});
	});

	test('of fake timers', async () => {
		jest.useFakeTimers();
		try {
			const due = Promise.resolve(call(new Date(Date.now() + 60_000)));
			await jest.advanceTimersByTimeAsync(60_000);
			await due;
		} finally {
			jest.useRealTimers();
		}
	});

	test.each([
		['what only inherits from one', Object.create(new Date()) as unknown],
		['what only calls itself one', {[Symbol.toStringTag]: 'Date', getTime: () => 0}],
	])('and not %s', async (_kind, value) => {
		expect(await failureOf(() => call(value as Date))).toBeInstanceOf(TypeError);
	});
});
