import {expect, test} from '@jest/globals';
import {abortable, PausableController} from 'pausable-signal';
import {Deferred, flush, leftOn, nothing, rejectionOf, thenable} from './kit.ts';

const boom = new Error('boom');

test('abortable() settles as its promise does, and leaves nothing', async () => {
	const {signal} = new PausableController();
	expect(await abortable(signal, Promise.resolve('value'))).toBe('value');
	expect(await rejectionOf(abortable(signal, Promise.reject(boom)))).toBe(boom);
	expect(leftOn(signal)).toEqual(nothing);
});

test('abortable() accepts thenables and plain values', async () => {
	const {signal} = new PausableController();
	expect(
		await abortable(
			signal,
			thenable((resolve) => resolve('thenable')),
		),
	).toBe('thenable');
	expect(await abortable(signal, 'plain')).toBe('plain');
});

test('a promise that rejects after the abort is no unhandled rejection', async () => {
	const controller = new PausableController();
	const work = new Deferred<void>();
	const promise = abortable(controller.signal, work.promise);
	controller.abort('enough');
	expect(await rejectionOf(promise)).toBe('enough');
	work.reject(boom);
	await flush();
});

test('a promise that rejects after a call with an aborted signal is no unhandled rejection', async () => {
	const controller = new PausableController();
	controller.abort('enough');
	expect(await rejectionOf(abortable(controller.signal, Promise.reject(boom)))).toBe('enough');
});

test('a pause does not hold back an abortable() promise', async () => {
	const controller = new PausableController();
	controller.pause();
	expect(await abortable(controller.signal, Promise.resolve(1))).toBe(1);
});
