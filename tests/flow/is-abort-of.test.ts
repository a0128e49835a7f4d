import {describe, expect, test} from '@jest/globals';
import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {AbortError, delay, isAbortOf, PausableController, PausableSignal} from 'pausable-signal';
import {reasons, rejectionOf} from './kit.ts';

const thisFile = fileURLToPath(import.meta.url);

function abortErrorWith(cause: unknown): Error {
	return Object.assign(new Error('aborted', {cause}), {name: 'AbortError'});
}

describe.each(reasons)('a signal aborted with %s', (_kind, given) => {
	const signal = PausableSignal.abort(given);

	test('recognises its reason', () => expect(isAbortOf(signal, signal.reason)).toBe(true));

	test("recognises an AbortError with the reason as cause, as Node's own functions throw", async () => {
		expect(isAbortOf(signal, abortErrorWith(signal.reason))).toBe(true);
		expect(isAbortOf(signal, await rejectionOf(sleep(10, undefined, {signal})))).toBe(true);
		expect(isAbortOf(signal, await rejectionOf(once(new EventTarget(), 'never', {signal})))).toBe(true);
		expect(isAbortOf(signal, await rejectionOf(readFile(thisFile, {signal})))).toBe(true);
	});

	test('recognises an AbortError without a cause, as its signal is unknown', () => {
		expect(isAbortOf(signal, new AbortError())).toBe(true);
		expect(isAbortOf(signal, new DOMException('aborted', 'AbortError'))).toBe(true);
		expect(isAbortOf(signal, PausableSignal.abort().reason)).toBe(true);
	});

	test('does not recognise the abort of another signal that the error names', async () => {
		const other = PausableSignal.abort('other');
		expect(isAbortOf(signal, other.reason)).toBe(false);
		expect(isAbortOf(signal, await rejectionOf(sleep(10, undefined, {signal: other})))).toBe(false);
		expect(isAbortOf(signal, abortErrorWith(null))).toBe(given === null);
		expect(isAbortOf(signal, new DOMException('too late', 'TimeoutError'))).toBe(false);
	});

	test('does not recognise a failure as its abort', () => {
		for (const error of [new Error('enough'), undefined, 0, '', {}, [], new TypeError('AbortError')])
			expect(isAbortOf(signal, error)).toBe(false);
	});

	test('nothing is the abort of a signal that is not aborted', () => {
		const {signal: active} = new PausableController();
		expect(isAbortOf(active, signal.reason)).toBe(false);
		expect(isAbortOf(active, abortErrorWith(undefined))).toBe(false);
		expect(isAbortOf(active, undefined)).toBe(false);
	});
});

test('NaN is a reason like any other', () => {
	expect(isAbortOf(PausableSignal.abort(Number.NaN), Number.NaN)).toBe(true);
	expect(isAbortOf(PausableSignal.abort(0), -0)).toBe(false);
});

test("the abort of a parent is a child's, not the other way round", async () => {
	const parent = new PausableController();
	const child = new PausableController({signal: parent.signal});
	const sibling = new PausableController({signal: parent.signal});
	child.abort('child only');
	const error = await rejectionOf(delay(child.signal, 10));
	expect([child, parent, sibling].map(({signal}) => isAbortOf(signal, error))).toEqual([true, false, false]);
	parent.abort('all');
	expect([child, parent, sibling].map(({signal}) => isAbortOf(signal, 'all'))).toEqual([false, true, true]);
});

test('isAbortOf() accepts a plain AbortSignal', () => {
	expect(isAbortOf(AbortSignal.abort('enough'), 'enough')).toBe(true);
	expect(isAbortOf(new AbortController().signal, 'enough')).toBe(false);
});

test('isAbortOf() throws a TypeError for a value that is no signal', () => {
	expect(() => isAbortOf({} as AbortSignal, 'enough')).toThrow(/^signal: expected an AbortSignal/);
});
