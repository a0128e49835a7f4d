// What Node's console shows.
import {afterEach, describe, expect, jest, test} from '@jest/globals';
import {inspect} from 'node:util';
import {PausableController, PausableSignal} from 'pausable-signal';

afterEach(() => void jest.useRealTimers());

const oneLine = {breakLength: Infinity};

describe('util.inspect(signal)', () => {
	test('tells the state', () => {
		const controller = new PausableController();
		expect(inspect(controller.signal, oneLine)).toBe('PausableSignal { aborted: false, paused: false }');
		controller.abort('enough');
		expect(inspect(controller.signal, oneLine)).toBe("PausableSignal { aborted: true, reason: 'enough' }");
	});

	test('tells the name, and why it is paused', () => {
		jest.useFakeTimers({now: 5000});
		const controller = new PausableController({name: 'poll'});
		controller.pause('user');
		expect(inspect(controller.signal, oneLine)).toBe(
			"PausableSignal { name: 'poll', aborted: false, paused: true, holds: [ { reason: 'user', since: 5000 } ] }",
		);
	});

	test('shows a signal of any(), and none', () => {
		expect(inspect(PausableSignal.any([]), oneLine)).toBe('PausableSignal { aborted: false, paused: false }');
		expect(inspect(PausableSignal.none, oneLine)).toBe('PausableSignal { aborted: false, paused: false }');
	});

	test('is short where it is deep inside something else', () => {
		const {signal} = new PausableController();
		expect(inspect({a: {b: signal}}, {...oneLine, depth: 1})).toBe('{ a: { b: [PausableSignal] } }');
		expect(inspect({a: signal}, {...oneLine, depth: 1})).toBe(
			'{ a: PausableSignal { aborted: false, paused: false } }',
		);
	});

	test('may be replaced, as on the platform’s classes', () => {
		const custom = inspect.custom;
		const {writable, configurable, enumerable} = Object.getOwnPropertyDescriptor(
			PausableSignal.prototype,
			custom,
		)!;
		expect({writable, configurable, enumerable}).toEqual({
			writable: true,
			configurable: true,
			enumerable: false,
		});
		const signal = Object.assign(new PausableController().signal, {[custom]: () => 'mine'});
		expect(inspect(signal)).toBe('mine');
	});

	test('a controller shows its signal', () => {
		expect(inspect(new PausableController(), oneLine)).toBe(
			'PausableController { signal: PausableSignal { aborted: false, paused: false } }',
		);
	});

	test('shows what has no state without it: a prototype, and what inherits from a signal', () => {
		const heir = Object.create(new PausableController().signal) as object;
		expect([inspect(PausableSignal.prototype), inspect(heir)]).toEqual([
			'PausableSignal {}',
			'PausableSignal {}',
		]);
	});

	test.each([
		[
			'the reason of the abort',
			(controller: PausableController) => controller.abort({signal: controller.signal}),
		],
		['an error', ({signal, abort}: PausableController) => abort(Object.assign(new Error('x'), {signal}))],
		['the reason of a hold', (controller: PausableController) => void controller.pause(controller.signal)],
	])('ends where it comes back to itself: through %s', (_name, change) => {
		const controller = new PausableController();
		controller.abort = controller.abort.bind(controller);
		change(controller);
		expect(inspect(controller.signal, {depth: 5}).length).toBeLessThan(10_000);
	});
});
