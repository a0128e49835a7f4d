// What hangs on a signal, counted, and that nothing stays there once it is over.
import {afterEach, describe, expect, jest, test} from '@jest/globals';
import {getEventListeners} from 'node:events';
import {aborted as abortedOf} from 'node:util';
import {PausableController, PausableSignal} from 'pausable-signal';
import {nodeOf} from '../../src/core/foreign.ts';
import {
	detach,
	follow,
	leftOnNode,
	noteCheckpoint,
	observeCheckpoints,
	reasonOf,
	remoteOf,
} from '../../src/core/index.ts';
import {collectGarbage, countCollected, flush, logEvents, macrotask, watched} from './support.ts';

afterEach(() => void jest.useRealTimers());

const nothing = {listeners: 0, waiters: 0, followers: 0, children: 0};

/** Why the tree keeps the node of a signal, and why it tells it of pauses. */
function usesOf(signal: AbortSignal): {needs: number; watches: number} {
	const {needs, watches} = nodeOf(signal);
	return {needs, watches};
}

const noUses = {needs: 0, watches: 0};

describe('leftOnNode()', () => {
	test('counts listeners, waiters, followers and needed children of a signal of ours', () => {
		const controller = new PausableController();
		const {signal} = controller;
		expect(leftOnNode(signal)).toEqual(nothing);
		const child = new PausableController({signal});
		controller.pause();
		for (const capture of [false, true]) signal.addEventListener('pause', () => {}, {capture});
		signal.addEventListener('abort', () => {});
		void signal.gate.wait();
		follow(signal, {abort() {}});
		expect(leftOnNode(signal)).toEqual({listeners: 3, waiters: 1, followers: 1, children: 0});
		void child.signal.gate.wait();
		expect(leftOnNode(signal).children).toBe(1);
		child.abort();
		expect(leftOnNode(signal).children).toBe(0);
		controller.abort();
		expect(leftOnNode(signal)).toEqual(nothing);
	});

	test('counts followers and needed children of a plain signal', () => {
		const plain = new AbortController();
		const child = new PausableController({signal: plain.signal});
		const unfollow = follow(plain.signal, {abort() {}});
		child.signal.addEventListener('pause', () => {});
		expect(leftOnNode(plain.signal)).toEqual({...nothing, followers: 1, children: 1});
		unfollow();
		plain.abort();
		expect(leftOnNode(plain.signal)).toEqual(nothing);
	});
});

describe('a listener', () => {
	test.each<[string, unknown, object | undefined]>([
		['null', null, undefined],
		['one that Node keeps weakly', () => {}, {[Symbol('weak')]: {}}],
	])('is not counted: %s', (_name, listener, options) => {
		const {signal} = new PausableController();
		signal.addEventListener('pause', listener as () => void, options);
		expect([leftOnNode(signal).listeners, usesOf(signal)]).toEqual([0, noUses]);
	});

	test('with a signal that is none is refused by the platform, and not counted', () => {
		const {signal} = new PausableController();
		const add = (target: EventTarget): void =>
			target.addEventListener('pause', () => {}, {signal: {} as AbortSignal});
		let message = '';
		try {
			add(new EventTarget());
		} catch (error) {
			({message} = error as Error);
		}
		expect(() => add(signal)).toThrow(message);
		expect(message).not.toBe('');
		expect(leftOnNode(signal)).toEqual(nothing);
	});

	test('takes null for options, as the platform does', () => {
		const controller = new PausableController();
		let calls = 0;
		const listener = (): void => void calls++;
		controller.signal.addEventListener('pause', listener, null as never);
		controller.pause();
		controller.resume();
		controller.signal.removeEventListener('pause', listener, null as never);
		controller.pause();
		expect(calls).toBe(1);
	});

	test('with capture is not the one without, and goes with its signal or after its call', () => {
		const controller = new PausableController();
		const {signal} = controller;
		const remover = new AbortController();
		const log: string[] = [];
		const listener = (): void => void log.push('both');
		signal.addEventListener('pause', listener);
		signal.addEventListener('pause', listener, true);
		signal.addEventListener('pause', () => log.push('once'), {capture: true, once: true});
		signal.addEventListener('pause', () => log.push('until'), {capture: true, signal: remover.signal});
		controller.pause();
		expect(log.splice(0).toSorted()).toEqual(['both', 'both', 'once', 'until']);
		remover.abort();
		controller.resume();
		controller.pause();
		expect([log, leftOnNode(signal).listeners]).toEqual([['both', 'both'], 2]);
	});

	test('is still told of pauses while as many with capture as without are left', () => {
		const controller = new PausableController();
		const {signal} = controller;
		const log: string[] = [];
		const removed = (): void => void log.push('removed');
		signal.addEventListener('pause', () => log.push('bubbles'));
		signal.addEventListener('pause', () => log.push('captures'), true);
		signal.addEventListener('pause', removed, true);
		signal.removeEventListener('pause', removed, true);
		controller.pause();
		expect(log.toSorted()).toEqual(['bubbles', 'captures']);
	});

	test('leaves nothing: the second of two that goes takes the last reason with it', () => {
		const {signal} = new PausableController();
		const listeners = [(): void => {}, (): void => {}];
		for (const type of ['pause', 'abort'])
			for (const listener of listeners) signal.addEventListener(type, listener);
		expect(usesOf(signal)).toEqual({needs: 2, watches: 1});
		for (const type of ['pause', 'abort'])
			for (const listener of listeners) signal.removeEventListener(type, listener);
		expect(usesOf(signal)).toEqual(noUses);
		signal.removeEventListener('pause', listeners[0]!);
		expect(usesOf(signal)).toEqual(noUses);
	});

	test('may be removed where there never was one', () => {
		const {signal} = new PausableController();
		const listener = (): void => {};
		signal.removeEventListener('pause', listener);
		expect(leftOnNode(signal)).toEqual(nothing);
	});

	test('with a signal leaves nothing on that once its target is aborted, and later ones neither', () => {
		const controller = new PausableController();
		const {signal} = new AbortController();
		for (const type of ['pause', 'abort']) controller.signal.addEventListener(type, () => {}, {signal});
		expect(getEventListeners(signal, 'abort')).toHaveLength(1);
		controller.abort();
		expect(getEventListeners(signal, 'abort')).toHaveLength(0);
		controller.signal.addEventListener('pause', () => {}, {signal});
		expect(getEventListeners(signal, 'abort')).toHaveLength(0);
	});

	test('of util.aborted() keeps no signal', async () => {
		const parent = new PausableController();
		const make = (): object => {
			const {signal} = new PausableController({signal: parent.signal});
			void abortedOf(signal, {});
			return signal;
		};
		expect(await countCollected(50, make)).toBeGreaterThan(40);
		expect(parent.signal.aborted).toBe(false);
	});

	test('whose target was collected is passed over by the signal that would remove it', async () => {
		const plain = new AbortController();
		const make = (): void => {
			for (let i = 0; i < 20; i++)
				new PausableController().signal.addEventListener('abort', () => {}, {signal: plain.signal});
		};
		make();
		await macrotask();
		globalThis.gc?.();
		// Before the registry reports them. An error in there would end this test.
		plain.abort();
		await macrotask();
		expect(getEventListeners(plain.signal, 'abort')).toHaveLength(0);
	});
});

describe('onpause, onresume and onabort', () => {
	test('may be an object that cannot be called, which does nothing', async () => {
		const controller = new PausableController();
		const handler = {};
		controller.signal.onpause = handler as never;
		controller.pause();
		// An error would be thrown in a task of its own, and end this test.
		await macrotask();
		expect(controller.signal.onpause).toBe(handler);
	});

	test.each(['onpause', 'onresume', 'onabort'])('are accessors as the platform has them: %s', (name) => {
		const {get, set, ...own} = Object.getOwnPropertyDescriptor(PausableSignal.prototype, name)!;
		expect([typeof get, typeof set, own]).toEqual([
			'function',
			'function',
			{configurable: true, enumerable: true},
		]);
	});
});

describe('a waiter', () => {
	test('leaves nothing, and keeps the signal as long as another one waits', async () => {
		jest.useFakeTimers({doNotFake: ['setImmediate']});
		const parent = new PausableController();
		const {signal} = new PausableController({signal: parent.signal});
		parent.pause();
		const waits = [signal.gate.wait({timeout: 5}), signal.gate.wait(), signal.checkpoint()];
		expect([nodeOf(signal).needs, nodeOf(parent.signal).needs]).toEqual([1, 1]);
		jest.advanceTimersByTime(5);
		expect(await waits[0]).toBe(false);
		expect([nodeOf(signal).needs, nodeOf(parent.signal).needs]).toEqual([1, 1]);
		parent.resume();
		await Promise.all(waits);
		expect([nodeOf(signal).needs, nodeOf(parent.signal).needs]).toEqual([0, 0]);
	});

	test('that has gone leaves its signal at nothing that pauses it later', async () => {
		const [long, short] = [new PausableController(), new PausableController()];
		const signal = PausableSignal.any([], {pause: [long.signal, short.signal]});
		signal.addEventListener('pause', () => {});
		short.pause();
		const wait = signal.gate.wait();
		short.resume();
		await wait;
		for (const controller of [long, short]) controller.pause();
		short.abort();
		expect([signal.paused, nodeOf(signal).list]).toEqual([true, null]);
	});

	test('on signals that wait apart keeps its place through resume(); pause(), and through a step', async () => {
		const parent = new PausableController();
		const log: string[] = [];
		for (const name of ['a', 'b', 'c']) {
			const {signal} = new PausableController({signal: parent.signal});
			parent.pause();
			void signal.checkpoint().then(() => log.push(name));
		}
		parent.resume();
		parent.pause();
		await flush();
		expect(log).toEqual([]);
		parent.resume();
		parent.pause();
		expect(parent.step()).toBe(true);
		await flush();
		expect(log).toEqual(['a', 'b', 'c']);
	});
});

describe('a follower', () => {
	test('of aborts alone is no reason to hear of pauses', () => {
		const {signal} = new PausableController();
		const unfollow = follow(signal, {abort() {}});
		expect(usesOf(signal)).toEqual({needs: 1, watches: 0});
		unfollow();
		expect(usesOf(signal)).toEqual(noUses);
	});

	test.each(['pause', 'resume', 'holds'] as const)('of %s alone hears of it', (verb) => {
		const controller = new PausableController();
		const log: string[] = [];
		const unfollow = follow(controller.signal, {[verb]: () => log.push(verb)});
		controller.pause();
		controller.resume();
		expect([...new Set(log)]).toEqual([verb]);
		unfollow();
		expect(usesOf(controller.signal)).toEqual(noUses);
	});

	test('of a plain signal may do without abort', () => {
		const plain = new AbortController();
		const log: unknown[] = [];
		follow(plain.signal, {pause: () => log.push('pause')});
		follow(plain.signal, {abort: (reason) => log.push(reason)});
		plain.abort('enough');
		expect(log).toEqual(['enough']);
	});
});

describe('a signal that follows only the pauses of another', () => {
	test('is on its list while something waits or listens there, and no longer', async () => {
		const [aborting, pausing] = [new PausableController(), new PausableController()];
		const signal = PausableSignal.any([aborting.signal], {pause: pausing.signal});
		const watches = (): number => nodeOf(pausing.signal).watches;
		const listener = (): void => {};
		const seen = [watches()];
		signal.addEventListener('abort', listener);
		seen.push(watches());
		signal.removeEventListener('abort', listener);
		seen.push(watches());
		pausing.pause();
		const wait = signal.gate.wait();
		seen.push(watches());
		pausing.resume();
		await wait;
		seen.push(watches());
		expect(seen).toEqual([0, 1, 0, 1, 0]);
		void signal.gate.wait();
		signal.addEventListener('abort', listener);
		aborting.abort();
		expect(watches()).toBe(0);
	});
});

describe('children', () => {
	test('that were dropped are forgotten once there are more', async () => {
		const {signal} = new PausableController();
		const live: object[] = [];
		const entries = (): number => nodeOf(signal).children?.size ?? 0;
		for (let turn = 0; turn < 3; turn++) {
			for (let i = 0; i < 1000; i++) new PausableController({signal});
			await collectGarbage();
			live.push(new PausableController({signal}));
		}
		expect(entries()).toBeLessThan(2000);
		expect(live).toHaveLength(3);
	});

	test('that were collected are passed over by an abort', async () => {
		const parent = new PausableController();
		const make = (): void => {
			for (let i = 0; i < 20; i++) new PausableController({signal: parent.signal});
		};
		make();
		const child = new PausableController({signal: parent.signal});
		await collectGarbage();
		parent.abort('enough');
		expect(child.signal.reason).toBe('enough');
	});

	test('of PausableSignal.none are none: nobody follows it', () => {
		const {none} = PausableSignal;
		const child = PausableSignal.any([none, new PausableController().signal], {pause: [none]});
		expect([nodeOf(none).children, child.paused]).toEqual([null, false]);
	});
});

describe('detach()', () => {
	test('ends a pause from above: waiters go on, and listeners hear of it', async () => {
		const above = new PausableController();
		const {signal} = new PausableController({signal: above.signal});
		const log = logEvents({it: signal});
		above.pause();
		const wait = watched(signal.gate.wait());
		detach(signal);
		await flush();
		expect([wait.value, log]).toEqual([true, ['pause it', 'resume it']]);
	});

	test('does nothing to an aborted signal', () => {
		const controller = new PausableController();
		const log = logEvents({it: controller.signal});
		controller.pause();
		controller.abort('enough');
		detach(controller.signal);
		expect([controller.signal.reason, log]).toEqual(['enough', ['pause it', 'abort it']]);
	});
});

describe('remoteOf()', () => {
	test('holds and aborts a child beside its own controller, until it is aborted', () => {
		const controller = new PausableController({signal: new PausableController().signal});
		const {signal} = controller;
		const log = logEvents({it: signal});
		const remote = remoteOf(signal);
		controller.pause('own');
		remote.setHolds([{reason: 'remote', since: 1}]);
		controller.resume();
		expect(signal.holds).toEqual([{reason: 'remote', since: 1}]);
		remote.abort('first');
		remote.abort('second');
		remote.setHolds([{reason: 'remote', since: 1}]);
		expect([signal.reason, signal.holds]).toEqual(['first', []]);
		expect(log).toEqual(['pause it', 'abort it']);
	});
});

describe('observeCheckpoints()', () => {
	test('hears of every checkpoint of any signal, until it ends', async () => {
		const controller = new PausableController();
		const plain = new AbortController();
		let count = 0;
		const end = observeCheckpoints(() => count++);
		await controller.signal.checkpoint();
		await controller.signal.gate.wait();
		noteCheckpoint(controller.signal);
		noteCheckpoint(plain.signal);
		expect(count).toBe(4);
		end();
		noteCheckpoint(plain.signal);
		expect(count).toBe(4);
	});

	test('a checkpoint on a plain signal tells of its abort first', () => {
		const plain = new AbortController();
		const log: unknown[] = [];
		plain.signal.addEventListener('abort', () => {
			noteCheckpoint(plain.signal);
			log.push('listener');
		});
		follow(plain.signal, {abort: (reason) => log.push(reason)});
		plain.abort('enough');
		expect(log).toEqual(['enough', 'listener']);
	});
});

describe('a polyfill without reasons', () => {
	test('has one AbortError for all that ask', () => {
		const polyfill = Object.assign(new EventTarget(), {aborted: true}) as unknown as AbortSignal;
		expect(reasonOf(polyfill)).toMatchObject({name: 'AbortError', message: 'This operation was aborted'});
		expect(reasonOf(polyfill)).toBe(reasonOf(polyfill));
	});
});

// Node 20 makes such a copy to send a signal to another thread.
describe('a plain signal with our prototype', () => {
	test('is what it was: it aborts, and its listeners come and go', () => {
		const plain = new AbortController();
		const signal = Object.setPrototypeOf(plain.signal, PausableSignal.prototype) as AbortSignal;
		const log: string[] = [];
		const removed = (): void => void log.push('removed');
		signal.addEventListener('abort', removed);
		signal.addEventListener('abort', () => log.push('abort'));
		signal.removeEventListener('abort', removed);
		expect([signal.aborted, signal.reason]).toEqual([false, undefined]);
		plain.abort('enough');
		expect([signal.aborted, signal.reason, log]).toEqual([true, 'enough', ['abort']]);
	});
});
