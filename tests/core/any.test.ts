// The statics: any, from, abort, timeout, none.
import {afterEach, describe, expect, jest, test} from '@jest/globals';
import {deadline, PausableController, PausableSignal} from 'pausable-signal';
import {retire} from '../../src/core/index.ts';
import {collectGarbage, countCollected, flush, logEvents, reasons, watched} from './support.ts';

afterEach(() => void jest.useRealTimers());

function two(): [PausableController, PausableController] {
	return [new PausableController(), new PausableController()];
}

describe('any(signals)', () => {
	test('is aborted when any is, with the reason of the first', () => {
		const [a, b] = two();
		const signal = PausableSignal.any([a.signal, b.signal]);
		const reason = {why: 'b'};
		b.abort(reason);
		a.abort('a');
		expect(signal.reason).toBe(reason);
	});

	test('is aborted at once when one is already: the first in the list', () => {
		const signal = PausableSignal.any([
			new AbortController().signal,
			AbortSignal.abort('second'),
			PausableSignal.abort('third'),
		]);
		expect([signal.aborted, signal.reason]).toEqual([true, 'second']);
	});

	test('of an aborted composite is aborted', () => {
		const controller = new PausableController();
		const composite = PausableSignal.any([controller.signal]);
		controller.abort('enough');
		const signals = [composite, PausableSignal.abort('enough')].map((signal) => PausableSignal.any([signal]));
		expect(signals.map(({reason}): unknown => reason)).toEqual(['enough', 'enough']);
	});

	test('is aborted for a listener that hears of the abort of a plain one first', () => {
		const plain = new AbortController();
		const seen: boolean[] = [];
		plain.signal.addEventListener('abort', () => seen.push(...signals.map(({aborted}) => aborted)));
		const other = new PausableController();
		const signals = [
			PausableSignal.any([other.signal, plain.signal]),
			PausableSignal.any([new AbortController().signal, plain.signal]),
			PausableSignal.any([plain.signal], {pause: other.signal}),
			new PausableController({signal: [other.signal, plain.signal]}).signal,
		];
		plain.abort();
		expect(seen).toEqual([true, true, true, true]);
	});

	test('is paused while any pausable one of them is', () => {
		const [a, b] = two();
		const signal = PausableSignal.any([a.signal, new AbortController().signal, b.signal]);
		const log = logEvents({signal});
		a.pause('a');
		b.pause('b');
		expect([signal.paused, signal.holds.map(({reason}) => reason)]).toEqual([true, ['a', 'b']]);
		a.resume();
		expect(signal.paused).toBe(true);
		b.resume();
		expect([signal.paused, log]).toEqual([false, ['pause signal', 'resume signal']]);
	});

	test('takes any iterable', () => {
		const [a, b] = two();
		const signal = PausableSignal.any(new Set([a.signal, b.signal]));
		b.abort('b');
		expect(signal.reason).toBe('b');
	});

	test('of nothing is never aborted and never paused', () => {
		const signal = PausableSignal.any([]);
		expect([signal.aborted, signal.paused]).toEqual([false, false]);
	});

	test('is a PausableSignal, also of plain signals alone', () => {
		expect(PausableSignal.any([new AbortController().signal])).toBeInstanceOf(PausableSignal);
	});

	test('needs no this', () => {
		const {any} = PausableSignal;
		expect(any([AbortSignal.abort('gone')]).reason).toBe('gone');
	});

	test('passes nothing up', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: PausableSignal.any([parent.signal])});
		child.pause();
		child.abort();
		expect([parent.signal.paused, parent.signal.aborted]).toEqual([false, false]);
	});

	test('can be waited on', async () => {
		const [a, b] = two();
		const signal = PausableSignal.any([a.signal, b.signal]);
		a.pause();
		const waits = [watched(signal.gate.wait()), watched(signal.checkpoint())];
		await flush();
		expect(waits.map(({state}) => state)).toEqual(['pending', 'pending']);
		a.resume();
		await flush();
		expect(waits.map(({state}) => state)).toEqual(['resolved', 'resolved']);
	});

	test('of composites follows what they follow, in order of creation', () => {
		const source = new PausableController();
		const first = PausableSignal.any([source.signal]);
		const second = PausableSignal.any([first]);
		const third = PausableSignal.any([second, first]);
		const log = logEvents({third, second, first, source: source.signal});
		source.pause();
		source.resume();
		source.abort();
		const order = ['source', 'first', 'second', 'third'];
		expect(log).toEqual(
			['pause', 'resume', 'abort'].flatMap((type) => order.map((name) => `${type} ${name}`)),
		);
	});

	test('lets the composites in between be collected', async () => {
		const source = new PausableController();
		const signals: PausableSignal[] = [];
		const collected = await countCollected(100, () => {
			const between = PausableSignal.any([source.signal]);
			signals.push(PausableSignal.any([between]));
			return between;
		});
		// What the engine still has in a register or on its stack may be left.
		expect(collected).toBeGreaterThan(90);
		source.abort('enough');
		expect(signals.map(({reason}): unknown => reason)).toEqual(signals.map(() => 'enough'));
	});
});

describe('any(signals, {pause})', () => {
	test('is paused with the signals given as pause alone', () => {
		const [aborting, pausing] = two();
		const signal = PausableSignal.any([aborting.signal], {pause: pausing.signal});
		aborting.pause();
		expect(signal.paused).toBe(false);
		pausing.pause('pausing');
		expect([signal.paused, signal.pauseReason]).toEqual([true, 'pausing']);
	});

	test('is not aborted with them, and not paused by one that was aborted', () => {
		const [aborting, pausing] = two();
		const signal = PausableSignal.any([aborting.signal], {pause: [pausing.signal]});
		const log = logEvents({signal});
		pausing.pause();
		pausing.abort();
		expect([signal.aborted, signal.paused, log]).toEqual([false, false, ['pause signal', 'resume signal']]);
		aborting.abort('enough');
		expect(signal.reason).toBe('enough');
	});

	test('with an empty list is never paused', () => {
		const controller = new PausableController();
		const signal = PausableSignal.any([controller.signal], {pause: []});
		controller.pause();
		expect(signal.paused).toBe(false);
	});

	test('with undefined is as without', () => {
		const controller = new PausableController();
		const signal = PausableSignal.any([controller.signal], {pause: undefined});
		controller.pause();
		expect(signal.paused).toBe(true);
	});

	test('may already be aborted, and then never pauses', () => {
		const pausing = new PausableController();
		pausing.abort();
		expect(PausableSignal.any([], {pause: pausing.signal}).paused).toBe(false);
	});

	test('of several, all count', () => {
		const [a, b] = two();
		const signal = PausableSignal.any([], {pause: [a.signal, b.signal]});
		a.pause();
		b.pause();
		a.abort();
		expect(signal.paused).toBe(true);
		b.resume();
		expect(signal.paused).toBe(false);
	});

	test('is not flattened: a composite that was aborted by another of its sources pauses no longer', () => {
		const [pausing, aborting] = two();
		const composite = PausableSignal.any([aborting.signal, pausing.signal]);
		const signal = PausableSignal.any([], {pause: composite});
		pausing.pause();
		expect(signal.paused).toBe(true);
		aborting.abort();
		expect([composite.paused, signal.paused]).toEqual([false, false]);
	});

	test('is kept by an any() over it', () => {
		const [aborting, pausing] = two();
		const outer = PausableSignal.any([PausableSignal.any([aborting.signal], {pause: pausing.signal})]);
		aborting.pause();
		expect(outer.paused).toBe(false);
		pausing.pause();
		expect(outer.paused).toBe(true);
	});
});

describe('a waiter on a signal that follows only the pauses of another continues when that one is aborted', () => {
	/** `middle` is paused by `top`: what waits below it waits at `top`, which knows nothing of the abort. */
	function chain(): {top: PausableController; middle: PausableController} {
		const top = new PausableController();
		const middle = new PausableController({signal: top.signal});
		top.pause();
		return {top, middle};
	}

	function beside(middle: PausableSignal): PausableSignal {
		const {signal} = new PausableController();
		return PausableSignal.any([signal], {pause: [signal, middle]});
	}

	const shapes: readonly (readonly [string, (middle: PausableSignal) => PausableSignal])[] = [
		['directly', (middle) => PausableSignal.any([], {pause: middle})],
		[
			'on a child',
			(middle) => new PausableController({signal: PausableSignal.any([], {pause: middle})}).signal,
		],
		['through an any() over it', (middle) => PausableSignal.any([PausableSignal.any([], {pause: middle})])],
		[
			'through one that follows its pauses',
			(middle) => PausableSignal.any([], {pause: PausableSignal.any([], {pause: middle})}),
		],
		[
			'through one that follows the pauses of a child',
			(middle) => {
				const child = new PausableController({signal: PausableSignal.any([], {pause: middle})});
				return PausableSignal.any([], {pause: child.signal});
			},
		],
		['beside one whose aborts it follows', beside],
		[
			'beside another',
			(middle) => PausableSignal.any([], {pause: [new PausableController().signal, middle]}),
		],
	];

	test.each(shapes)('%s', async (_name, make) => {
		const {middle} = chain();
		const signal = make(middle.signal);
		const waits = [watched(signal.gate.wait()), watched(signal.checkpoint())];
		await flush();
		expect(waits.map(({state}) => state)).toEqual(['pending', 'pending']);
		middle.abort();
		await flush();
		expect([signal.paused, signal.aborted]).toEqual([false, false]);
		expect(waits.map(({state}) => state)).toEqual(['resolved', 'resolved']);
	});

	test.each(shapes)('and hears of it: %s', (_name, make) => {
		const {middle} = chain();
		const signal = make(middle.signal);
		const log = logEvents({signal});
		middle.abort();
		expect(log).toEqual(['resume signal']);
	});

	test('unless something else still pauses it', async () => {
		const {middle} = chain();
		const other = new PausableController();
		const signal = PausableSignal.any([], {pause: [middle.signal, other.signal]});
		other.pause();
		const wait = watched(signal.gate.wait());
		middle.abort();
		await flush();
		expect(wait.state).toBe('pending');
		other.resume();
		await flush();
		expect(wait.value).toBe(true);
	});

	test('in steps that do not double with every diamond below it', async () => {
		const {middle} = chain();
		const first = PausableSignal.any([], {pause: middle.signal});
		let row = [first, first];
		for (let level = 0; level < 10; level++)
			row = [0, 1].map(() => new PausableController({signal: row}).signal);
		const waits = row.map((signal) => watched(signal.gate.wait()));
		// There are 2^10 ways down to these two, through 21 signals.
		expect(countLooksAtChildren(() => middle.abort())).toBeLessThan(100);
		await flush();
		expect(waits.map(({value}) => value)).toEqual([true, true]);
	});
});

describe('a signal that follows the pauses of a finished one', () => {
	test.each(['listens', 'waits'])(
		'stays paused with what is above that, and goes on with it: it %s',
		async (how) => {
			const top = new PausableController();
			const middle = new PausableController({signal: top.signal});
			const signal = PausableSignal.any([], {pause: middle.signal});
			top.pause();
			const log = how === 'listens' ? logEvents({signal}) : [];
			const wait = how === 'waits' ? watched(signal.gate.wait()) : undefined;
			retire(middle.signal);
			await flush();
			expect([signal.paused, wait?.state ?? 'pending', log]).toEqual([true, 'pending', []]);
			top.resume();
			await flush();
			expect([signal.paused, wait?.value ?? true]).toEqual([false, true]);
			expect(log).toEqual(how === 'listens' ? ['resume signal'] : []);
		},
	);
});

describe('from(signal)', () => {
	test('is the signal itself when that is pausable', () => {
		const {signal} = new PausableController();
		expect(PausableSignal.from(signal)).toBe(signal);
		expect(PausableSignal.from(PausableSignal.none)).toBe(PausableSignal.none);
	});

	test.each(reasons)('follows the abort of a plain one: %s', (_name, reason) => {
		const plain = new AbortController();
		const signal = PausableSignal.from(plain.signal);
		expect([signal instanceof PausableSignal, signal.aborted, signal.paused]).toEqual([true, false, false]);
		plain.abort(reason);
		expect(signal.reason).toBe(plain.signal.reason);
	});

	test('of an aborted one is aborted', () => {
		expect(PausableSignal.from(AbortSignal.abort('gone')).reason).toBe('gone');
	});
});

describe('abort(reason)', () => {
	test.each(reasons)('is aborted with it: %s', (_name, reason) => {
		const signal = PausableSignal.abort(reason);
		expect([signal instanceof PausableSignal, signal.aborted, signal.paused]).toEqual([true, true, false]);
		if (reason === undefined) expect(signal.reason).toMatchObject({name: 'AbortError', code: 20});
		else expect(signal.reason).toBe(reason);
	});
});

describe('timeout(ms)', () => {
	test('aborts with a TimeoutError when the time is over, not before', () => {
		jest.useFakeTimers();
		const signal = PausableSignal.timeout(1000);
		const log = logEvents({signal});
		jest.advanceTimersByTime(999);
		expect([signal instanceof PausableSignal, signal.aborted]).toEqual([true, false]);
		jest.advanceTimersByTime(1);
		expect(signal.reason).toMatchObject({name: 'TimeoutError', code: 23});
		expect(signal.reason).toBeInstanceOf(DOMException);
		expect(log).toEqual(['abort signal']);
	});

	test('may be longer than the longest setTimeout', () => {
		jest.useFakeTimers();
		const signal = PausableSignal.timeout(2 ** 32);
		jest.advanceTimersByTime(2 ** 32 - 1);
		expect(signal.aborted).toBe(false);
		jest.advanceTimersByTime(1);
		expect(signal.aborted).toBe(true);
	});

	test('of Infinity never comes, and takes no timer', () => {
		jest.useFakeTimers();
		expect([PausableSignal.timeout(Infinity).aborted, jest.getTimerCount()]).toEqual([false, 0]);
	});

	test('of 0 comes in the next turn', () => {
		jest.useFakeTimers();
		const signal = PausableSignal.timeout(0);
		expect(signal.aborted).toBe(false);
		jest.advanceTimersByTime(0);
		expect(signal.aborted).toBe(true);
	});

	test('keeps no process alive', () => {
		const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
		const signal = PausableSignal.timeout(1e6);
		const after = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
		expect([signal.aborted, after - before]).toEqual([false, 0]);
	});

	test('leaves no timer when nobody refers to it', async () => {
		jest.useFakeTimers({doNotFake: ['setImmediate']});
		const make = (): void => {
			for (let i = 0; i < 100; i++) PausableSignal.timeout(1e6);
		};
		make();
		expect(jest.getTimerCount()).toBe(100);
		await collectGarbage(() => jest.getTimerCount() === 0);
		expect(jest.getTimerCount()).toBe(0);
	});

	test.each([
		['timeout', () => PausableSignal.timeout(1e6)],
		['deadline', () => deadline(new PausableController().signal, 1e6)],
	])('goes on for an any() that alone refers to it: %s', async (_name, make) => {
		jest.useFakeTimers({doNotFake: ['setImmediate']});
		const signal = PausableSignal.any([make(), PausableSignal.none]);
		await collectGarbage();
		jest.advanceTimersByTime(1e6);
		expect(signal.reason).toMatchObject({name: 'TimeoutError'});
	});

	test('still comes for a listener that alone refers to it', async () => {
		jest.useFakeTimers({doNotFake: ['setImmediate']});
		const log: string[] = [];
		const make = (): void => PausableSignal.timeout(1e6).addEventListener('abort', () => log.push('abort'));
		make();
		await collectGarbage();
		jest.advanceTimersByTime(1e6);
		expect(log).toEqual(['abort']);
	});
});

describe('none', () => {
	test('is one signal, never paused and never aborted', async () => {
		const {none} = PausableSignal;
		expect(none).toBe(PausableSignal.none);
		expect(none).toBeInstanceOf(PausableSignal);
		expect([none.paused, none.aborted, none.reason]).toEqual([false, false, undefined]);
		await expect(none.gate.wait()).resolves.toBe(true);
		await expect(none.checkpoint()).resolves.toBeUndefined();
	});

	test('changes nothing in an any()', () => {
		const controller = new PausableController();
		const signal = PausableSignal.any([PausableSignal.none, controller.signal], {
			pause: [PausableSignal.none, controller.signal],
		});
		controller.pause();
		expect(signal.paused).toBe(true);
		controller.abort('enough');
		expect(signal.reason).toBe('enough');
	});
});

describe('the statics', () => {
	test('return pausable signals where the platform’s return plain ones', () => {
		for (const signal of [PausableSignal.any([]), PausableSignal.abort(), PausableSignal.timeout(1e6)])
			expect(signal).toBeInstanceOf(PausableSignal);
	});
});

/** How often the children of a signal are gone through meanwhile. */
function countLooksAtChildren(run: () => void): number {
	const {values} = Map.prototype;
	let count = 0;
	Map.prototype.values = function () {
		count++;
		return Reflect.apply(values, this, []);
	};
	try {
		run();
	} finally {
		Map.prototype.values = values;
	}
	return count;
}
