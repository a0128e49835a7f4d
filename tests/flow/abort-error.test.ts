import {describe, expect, test} from '@jest/globals';
import * as original from 'abort-controller-x';
import {
	AbortError,
	catchAbortError,
	isAbortError,
	PausableController,
	PausableSignal,
	rethrowAbortError,
	throwIfAborted,
} from 'pausable-signal';
import * as ours from 'pausable-signal';
import {reasons} from './kit.ts';

test('the entry exports all names of abort-controller-x', () => {
	// What a CommonJS module is given besides when it is imported.
	const extra = new Set(['default', '__esModule', 'module.exports']);
	const names = Object.keys(original).filter((name) => !extra.has(name));
	expect(names.length).toBeGreaterThan(10);
	expect(Object.keys(ours)).toEqual(expect.arrayContaining(names));
});

test('unchanged functions are the same', () => {
	expect({AbortError, catchAbortError, isAbortError, rethrowAbortError}).toEqual({
		AbortError: original.AbortError,
		catchAbortError: original.catchAbortError,
		isAbortError: original.isAbortError,
		rethrowAbortError: original.rethrowAbortError,
	});
});

test('the default reason of our signals is an AbortError to them', () => {
	const {reason} = PausableSignal.abort();
	expect(isAbortError(reason)).toBe(true);
	expect(() => catchAbortError(reason)).not.toThrow();
	expect(() => rethrowAbortError(reason)).toThrow();
});

describe('throwIfAborted', () => {
	test.each(reasons)('throws the same reason: %s', (_kind, given) => {
		const controller = new PausableController();
		throwIfAborted(controller.signal);
		controller.pause();
		throwIfAborted(controller.signal);
		controller.abort(given);
		let thrown: unknown = 'nothing';
		try {
			throwIfAborted(controller.signal);
		} catch (error) {
			thrown = error;
		}
		expect(Object.is(thrown, controller.signal.reason)).toBe(true);
	});

	test('throws a TypeError when the signal is none', () => {
		expect(() => throwIfAborted(undefined as never)).toThrow(/^signal: expected an AbortSignal/);
	});
});
