// Rules 5 and 7: parents that are not ours pass on their abort, and keep one listener of ours at most.
import {describe, expect, test} from '@jest/globals';
import {getEventListeners} from 'node:events';
import {PausableController, PausableSignal} from 'pausable-signal';
import {countWaiters, follow} from '../../src/core/index.ts';
import {leftOn, nothing} from '../flow/kit.ts';
import {collectGarbage, flush, logEvents, reasons, watched} from './support.ts';

function listenersOn(signal: AbortSignal): number {
	return getEventListeners(signal, 'abort').length;
}

test('PausableSignal.none as parent keeps nothing of its children', () => {
	const before = leftOn(PausableSignal.none);
	const child = new PausableController({signal: PausableSignal.none});
	child.signal.addEventListener('pause', () => {});
	expect(leftOn(PausableSignal.none)).toEqual(before);
	expect(nothing).toEqual(before);
});

test('waits are counted at a signal and below it', () => {
	const parent = new PausableController();
	const children = [1, 2].map(() => new PausableController({signal: parent.signal}));
	expect(countWaiters(parent.signal)).toBe(0);
	parent.pause();
	void parent.signal.gate.wait();
	for (const {signal} of children) void signal.gate.wait();
	void children[1]!.signal.gate.wait();
	expect([parent, ...children].map(({signal}) => countWaiters(signal))).toEqual([4, 1, 2]);
	parent.abort();
	expect(countWaiters(parent.signal)).toBe(0);
});

describe('a plain AbortSignal as parent', () => {
	test.each(reasons)('passes on its abort with the same reason: %s', (_name, given) => {
		const plain = new AbortController();
		const child = new PausableController({signal: plain.signal});
		const log = logEvents({child: child.signal});
		plain.abort(given);
		expect(child.signal.reason).toBe(plain.signal.reason);
		expect(log).toEqual(['abort child']);
	});

	test('passes it on to all waiters', async () => {
		const plain = new AbortController();
		const child = new PausableController({signal: plain.signal});
		child.pause();
		const wait = watched(child.signal.gate.wait());
		plain.abort();
		await flush();
		expect(wait).toEqual({state: 'resolved', value: false});
	});

	test('that is aborted already makes a child that is', () => {
		const child = new PausableController({signal: AbortSignal.abort('gone')});
		expect([child.signal.aborted, child.signal.reason]).toEqual([true, 'gone']);
	});

	test('that is aborted right now makes one, too, in a listener that comes before ours', () => {
		const plain = new AbortController();
		const seen: unknown[] = [];
		plain.signal.addEventListener('abort', () =>
			seen.push(new PausableController({signal: plain.signal}).signal.reason),
		);
		const child = new PausableController({signal: plain.signal});
		plain.abort('now');
		expect([seen, child.signal.reason]).toEqual([['now'], 'now']);
	});

	test('is asked once for the state of a signal, however many ways lead to it', () => {
		const {signal} = new AbortController();
		let reads = 0;
		Object.defineProperty(signal, 'aborted', {get: () => ++reads < 0});
		const child = new PausableController({signal});
		let row = [child.signal, new PausableController({signal}).signal];
		for (let level = 0; level < 50; level++)
			row = row.map(() => new PausableController({signal: row}).signal);
		const readsOf = (look: () => unknown): number => {
			reads = 0;
			look();
			return reads;
		};
		const once = readsOf(() => child.signal.aborted);
		expect([once, readsOf(() => row[0]!.aborted), readsOf(() => row[0]!.paused)]).toEqual([once, once, once]);
		expect(once).toBeLessThan(5);
	});

	test('never pauses, and needs none of our methods', () => {
		const child = new PausableController({signal: AbortSignal.timeout(1e6)});
		expect([child.signal.paused, child.signal.holds]).toEqual([false, []]);
	});

	test('may be one that only looks like an AbortSignal', () => {
		class Polyfill extends EventTarget {
			aborted = false;
			reason: unknown = undefined;
			abort(reason: unknown): void {
				Object.assign(this, {aborted: true, reason});
				this.dispatchEvent(new Event('abort'));
			}
		}
		const polyfill = new Polyfill();
		const child = new PausableController({signal: polyfill as unknown as AbortSignal});
		polyfill.abort('enough');
		expect(child.signal.reason).toBe('enough');
	});

	test('may be a polyfill whose abort has no reason: all its children have one AbortError', () => {
		class Polyfill extends EventTarget {
			aborted = false;
		}
		const polyfill = new Polyfill();
		const children = [1, 2].map(
			() => new PausableController({signal: polyfill as unknown as AbortSignal}).signal,
		);
		polyfill.aborted = true;
		polyfill.dispatchEvent(new Event('abort'));
		expect(children[0]!.reason).toMatchObject({name: 'AbortError', message: 'This operation was aborted'});
		expect(children[1]!.reason).toBe(children[0]!.reason);
	});

	test('a forged abort event aborts nobody, and the true one does later', () => {
		const plain = new AbortController();
		const child = new PausableController({signal: plain.signal});
		plain.signal.dispatchEvent(new Event('abort'));
		expect(child.signal.aborted).toBe(false);
		plain.abort('true');
		expect(child.signal.reason).toBe('true');
	});

	test('a listener that stops the propagation of its abort does not save the children', () => {
		const plain = new AbortController();
		plain.signal.addEventListener('abort', (event) => event.stopImmediatePropagation());
		const child = new PausableController({signal: plain.signal});
		const native = AbortSignal.any([plain.signal]);
		plain.abort('enough');
		expect([native.reason, child.signal.reason]).toEqual(['enough', 'enough']);
	});
});

describe('a forged event on a signal of ours', () => {
	test('changes nothing', async () => {
		const controller = new PausableController();
		const child = new PausableController({signal: controller.signal});
		child.pause();
		const wait = watched(child.signal.gate.wait());
		for (const type of ['abort', 'pause', 'resume']) controller.signal.dispatchEvent(new Event(type));
		child.signal.dispatchEvent(new Event('resume'));
		await flush();
		expect([controller.signal.aborted, controller.signal.paused, child.signal.aborted]).toEqual([
			false,
			false,
			false,
		]);
		expect(wait.state).toBe('pending');
	});
});

// outside.ts, invariant 1
describe('it has exactly one listener of ours while anything depends on it, and none afterwards', () => {
	test('none, as long as nothing does', () => {
		const plain = new AbortController();
		void PausableSignal.any([new PausableController().signal]);
		expect(listenersOn(plain.signal)).toBe(0);
	});

	test('none, after a follower that came and went where no child ever was', () => {
		const {signal} = new AbortController();
		expect(countWaiters(signal)).toBe(0);
		const unfollow = follow(signal, {abort() {}});
		expect(listenersOn(signal)).toBe(1);
		unfollow();
		expect(listenersOn(signal)).toBe(0);
	});

	test('children, followers, composites and listeners with {signal} share one', async () => {
		const {signal} = new AbortController();
		const other = new PausableController();
		const listener = (): void => {};
		const children = [1, 2, 3].map(() => new PausableController({signal}));
		const composite = PausableSignal.any([signal, other.signal]);
		const unfollow = follow(signal, {abort() {}});
		other.signal.addEventListener('pause', listener, {signal});
		const waiting = new PausableController({signal: composite});
		waiting.pause();
		const wait = waiting.signal.gate.wait();
		expect(listenersOn(signal)).toBe(1);
		for (const child of [...children, waiting]) child.abort();
		await wait;
		expect(listenersOn(signal)).toBe(1);
		unfollow();
		other.signal.removeEventListener('pause', listener);
		expect(listenersOn(signal)).toBe(1);
		other.abort();
		expect([listenersOn(signal), composite.aborted]).toEqual([0, true]);
	});

	test('it goes with the last child that is aborted', () => {
		const {signal} = new AbortController();
		const [first, second] = [new PausableController({signal}), new PausableController({signal})];
		first.abort();
		expect(listenersOn(signal)).toBe(1);
		second.abort();
		expect(listenersOn(signal)).toBe(0);
	});

	test('it goes with the abort of the signal itself', () => {
		const plain = new AbortController();
		const child = new PausableController({signal: plain.signal});
		const unfollow = follow(plain.signal, {abort() {}});
		plain.abort();
		unfollow();
		expect([listenersOn(plain.signal), child.signal.aborted]).toEqual([0, true]);
	});

	test('it goes with children that were dropped, once they are collected', async () => {
		const {signal} = new AbortController();
		const make = (): void => {
			for (let i = 0; i < 100; i++) new PausableController({signal});
		};
		make();
		expect(listenersOn(signal)).toBe(1);
		await collectGarbage(() => listenersOn(signal) === 0);
		expect(listenersOn(signal)).toBe(0);
	});

	test('it goes with the last of them, though others were collected before', async () => {
		const {signal} = new AbortController();
		let kept: object | null = new PausableController({signal});
		const make = (): void => {
			for (let i = 0; i < 100; i++) new PausableController({signal});
		};
		make();
		await collectGarbage();
		expect([kept === null, listenersOn(signal)]).toEqual([false, 1]);
		kept = null;
		await collectGarbage(() => listenersOn(signal) === 0);
		expect(listenersOn(signal)).toBe(0);
	});

	test('it stays for a child that listens, though everything else was dropped', async () => {
		const plain = new AbortController();
		const log: string[] = [];
		const make = (): void => {
			for (let i = 0; i < 100; i++) new PausableController({signal: plain.signal});
			const child = new PausableController({signal: plain.signal});
			child.signal.addEventListener('abort', () => log.push('abort'));
		};
		make();
		await collectGarbage();
		expect(listenersOn(plain.signal)).toBe(1);
		plain.abort();
		expect(log).toEqual(['abort']);
	});

	test('it comes and goes as often as needed, and still works', () => {
		const plain = new AbortController();
		for (let turn = 0; turn < 10; turn++) {
			const child = new PausableController({signal: plain.signal});
			expect(listenersOn(plain.signal)).toBe(1);
			child.abort();
			expect(listenersOn(plain.signal)).toBe(0);
		}
		const last = new PausableController({signal: plain.signal});
		plain.abort('enough');
		expect(last.signal.reason).toBe('enough');
	});

	test('its coming and going is not paid for at every later garbage collection', async () => {
		const {signal} = new AbortController();
		for (let turn = 0; turn < 1000; turn++) follow(signal, {abort() {}})();
		const unfollow = follow(signal, {abort() {}});
		await collectGarbage();
		const registrations = await countRegistrations(collectGarbage);
		unfollow();
		expect(registrations).toBeLessThan(50);
	});

	test('children that come and go register one search for collected ones, not one each', async () => {
		const {signal} = new AbortController();
		const registrations = await countRegistrations(async () => {
			for (let turn = 0; turn < 100; turn++) new PausableController({signal}).abort();
			const kept = Array.from({length: 50}, () => new PausableController({signal}));
			for (const controller of kept) controller.abort();
		});
		expect(registrations).toBe(1);
	});
});

/** How often a FinalizationRegistry is given something to watch meanwhile. */
async function countRegistrations(run: () => Promise<void>): Promise<number> {
	const {prototype} = FinalizationRegistry;
	const {register} = prototype;
	let count = 0;
	prototype.register = function (...given) {
		count++;
		Reflect.apply(register, this, given);
	};
	try {
		await run();
	} finally {
		prototype.register = register;
	}
	return count;
}
