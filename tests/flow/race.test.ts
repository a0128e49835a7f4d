import {describe, expect, test} from '@jest/globals';
import {forever, PausableController, type PausableSignal, race} from 'pausable-signal';
import {Deferred, flush, leftOn, nothing, rejectionOf, watched} from './kit.ts';

const boom = new Error('boom');
const {signal} = new PausableController();

test('the first value wins a race, and the others are aborted', async () => {
	let inner: PausableSignal | undefined;
	const promise = race(signal, (s) => {
		inner = s;
		return [forever(s), Promise.resolve('winner'), forever(s)];
	});
	expect(await promise).toBe('winner');
	expect(inner?.reason).toMatchObject({name: 'AbortError', message: 'Aborted because race() has a winner'});
	expect(leftOn(signal)).toEqual(nothing);
});

test('the first error wins, and is the cause of the abort of the others', async () => {
	let reason: unknown;
	const promise = race(signal, (s) => [
		forever(s).catch((error: unknown) => {
			reason = error;
		}),
		Promise.reject(boom),
	]);
	expect(await rejectionOf(promise)).toBe(boom);
	expect(reason).toMatchObject({name: 'AbortError', cause: boom});
});

test('a race settles after the losers have cleaned up', async () => {
	const cleanup = new Deferred<void>();
	const seen = watched(
		race(signal, (s) => [Promise.resolve('winner'), forever(s).catch(() => cleanup.promise)]),
	);
	await flush();
	expect(seen.state).toBe('pending');
	cleanup.resolve();
	await flush();
	expect(seen).toEqual({state: 'resolved', value: 'winner'});
});

test('a second value does not change the result of a race', async () => {
	const loser = new Deferred<string>();
	const promise = race(signal, () => [loser.promise, Promise.resolve('winner')]);
	await flush();
	loser.resolve('loser');
	expect(await promise).toBe('winner');
});

test('a race rejects with the error of a failed cleanup, even that of a loser', async () => {
	const promise = race(signal, (s) => [
		Promise.resolve('winner'),
		forever(s).catch(() => {
			throw boom;
		}),
	]);
	expect(await rejectionOf(promise)).toBe(boom);
});

test('a race accepts plain values and any iterable', async () => {
	expect(await race(signal, () => [Promise.resolve('later'), 'plain'])).toBe('later');
	expect(await race(signal, () => new Set(['only']))).toBe('only');
	expect(await race(signal, () => [undefined])).toBe(undefined);
});

test.each([[[]], [new Set<string>()]])('a race of nothing is an error: %s', async (entries) => {
	const error = await rejectionOf(race(signal, () => entries));
	expect(error).toBeInstanceOf(RangeError);
	expect((error as Error).message).toBe('executor: expected one promise or more to race, got none');
	expect(leftOn(signal)).toEqual(nothing);
});

test('an executor that throws rejects with its error', async () => {
	const promise = race(signal, () => {
		throw boom;
	});
	expect(await rejectionOf(promise)).toBe(boom);
	expect(leftOn(signal)).toEqual(nothing);
});

describe('after an abort', () => {
	test('the first to settle decides', async () => {
		const controller = new PausableController();
		const deaf = new Deferred<string>();
		const aborted = race(controller.signal, (s) => [forever(s), deaf.promise]);
		const finished = race(controller.signal, (s) => [
			Promise.resolve('was quicker'),
			forever(s).catch(async (error) => {
				await flush();
				throw error;
			}),
		]);
		controller.abort('enough');
		await flush();
		deaf.resolve('too late');
		expect(await rejectionOf(aborted)).toBe('enough');
		expect(await finished).toBe('was quicker');
	});

	test('a cleanup that fails beats the abort', async () => {
		const controller = new PausableController();
		const promise = race(controller.signal, (s) => [
			forever(s),
			forever(s).catch(() => {
				throw boom;
			}),
		]);
		controller.abort('enough');
		expect(await rejectionOf(promise)).toBe(boom);
	});
});

test('the inner signal of a race is paused with the outer one', async () => {
	const controller = new PausableController();
	controller.pause();
	const promise = race(controller.signal, (s) => [s.gate.wait(), forever(s)]);
	const seen = watched(promise);
	await flush();
	expect(seen.state).toBe('pending');
	controller.resume();
	expect(await promise).toBe(true);
	expect(leftOn(controller.signal)).toEqual(nothing);
});
