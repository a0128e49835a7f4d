// Rule 6: state first, events after.
import {describe, expect, test} from '@jest/globals';
import {execFileSync} from 'node:child_process';
import {getEventListeners, once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {PausableController, PausableSignal} from 'pausable-signal';
import {flush, logEvents, macrotask} from './support.ts';

describe('pause and resume events', () => {
	test('fire on effective changes only', () => {
		const controller = new PausableController();
		const log = logEvents({it: controller.signal});
		controller.pause();
		controller.pause();
		const hold = controller.hold();
		controller.resume();
		controller.pause();
		controller.resume();
		expect(log).toEqual(['pause it']);
		hold.release();
		expect(log).toEqual(['pause it', 'resume it']);
	});

	// node.ts, invariant 4
	test('fire on a child for changes above it, but not for those that make no difference to it', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const log = logEvents({child: child.signal});
		child.pause();
		parent.pause();
		child.resume();
		expect(log).toEqual(['pause child']);
		parent.resume();
		expect(log).toEqual(['pause child', 'resume child']);
	});

	test('are Events of that type, on the signal', () => {
		const {signal} = new PausableController();
		const controller = new PausableController({signal});
		const seen: unknown[] = [];
		controller.signal.addEventListener('pause', function (this: PausableSignal, event) {
			seen.push(event instanceof Event, event.type, event.target === this, this === controller.signal);
		});
		controller.pause();
		expect(seen).toEqual([true, 'pause', true, true]);
	});

	// node.ts, invariant 5
	test('fire after the state has changed, everywhere', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const any = PausableSignal.any([child.signal]);
		const all = [parent.signal, child.signal, any];
		const seen: string[] = [];
		for (const signal of all) {
			for (const type of ['pause', 'resume', 'abort'])
				signal.addEventListener(type, () => seen.push(all.map(stateOf).join(' ')));
		}
		parent.pause();
		parent.resume();
		parent.abort();
		expect(seen).toEqual(
			['paused', 'open', 'aborted'].flatMap((state) => all.map(() => `${state} `.repeat(3).trim())),
		);
	});

	test('fire before waiters continue', async () => {
		const controller = new PausableController();
		controller.pause();
		const order: string[] = [];
		controller.signal.addEventListener('resume', () => order.push('event'));
		void controller.signal.gate.wait().then(() => order.push('waiter'));
		controller.resume();
		await flush();
		expect(order).toEqual(['event', 'waiter']);
	});

	test('do not fire for changes from before the listener was added', () => {
		const controller = new PausableController();
		controller.pause();
		const log = logEvents({it: controller.signal});
		controller.resume();
		expect(log).toEqual(['resume it']);
	});
});

describe('order', () => {
	const types = ['pause', 'resume', 'abort'] as const;

	function change(controller: PausableController): void {
		for (const type of types) controller[type]();
	}

	function expected(names: readonly string[]): string[] {
		return types.flatMap((type) => names.map((name) => `${type} ${name}`));
	}

	test('parents before children', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const grandchild = new PausableController({signal: child.signal});
		const log = logEvents({parent: parent.signal, child: child.signal, grandchild: grandchild.signal});
		change(parent);
		expect(log).toEqual(expected(['parent', 'child', 'grandchild']));
	});

	test('also where a child had a listener before its parents', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const grandchild = new PausableController({signal: child.signal});
		const log = logEvents({grandchild: grandchild.signal, child: child.signal, parent: parent.signal});
		change(parent);
		expect(log).toEqual(expected(['parent', 'child', 'grandchild']));
	});

	test('in order of creation, in all the tree', () => {
		const root = new PausableController();
		const a = new PausableController({signal: root.signal});
		const b = new PausableController({signal: root.signal});
		const aa = new PausableController({signal: a.signal});
		const c = new PausableController({signal: root.signal});
		const ba = new PausableController({signal: b.signal});
		const log = logEvents({
			root: root.signal,
			a: a.signal,
			b: b.signal,
			aa: aa.signal,
			c: c.signal,
			ba: ba.signal,
		});
		change(root);
		expect(log).toEqual(expected(['root', 'a', 'b', 'aa', 'c', 'ba']));
	});

	test('siblings in order of creation, whoever listened first', () => {
		const root = new PausableController();
		const [a, b, c] = [1, 2, 3].map(() => new PausableController({signal: root.signal}).signal);
		const log = logEvents({c: c!, a: a!, b: b!});
		change(root);
		expect(log).toEqual(expected(['a', 'b', 'c']));
	});

	test('where a signal has several parents, all in order of creation', () => {
		const a = new PausableController();
		const b = new PausableController({signal: a.signal});
		const c = new PausableController({signal: b.signal});
		const d = new PausableController({signal: [a.signal, c.signal]});
		const log = logEvents({d: d.signal, c: c.signal, b: b.signal, a: a.signal});
		change(a);
		expect(log).toEqual(expected(['a', 'b', 'c', 'd']));
	});

	test('all abort events fire before the events of signals that only followed its pauses', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const follower = PausableSignal.any([], {pause: parent.signal});
		parent.pause();
		const log = logEvents({follower, parent: parent.signal, child: child.signal});
		parent.abort();
		expect(log).toEqual(['abort parent', 'abort child', 'resume follower']);
	});

	test('signals that followed the pauses of an aborted one: parents before children', () => {
		const top = new PausableController();
		const low = new PausableController({signal: top.signal});
		const follower = PausableSignal.any([], {pause: low.signal});
		const both = PausableSignal.any([], {pause: [top.signal, follower]});
		const log = logEvents({both, follower}, ['resume']);
		top.pause();
		top.abort();
		expect(log).toEqual(['resume follower', 'resume both']);
	});

	test('signals that followed the pauses of an aborted one: a change by a listener comes after all', () => {
		const parent = new PausableController();
		const followers = [1, 2].map(() => PausableSignal.any([], {pause: parent.signal}));
		const other = new PausableController();
		parent.pause();
		const log = logEvents({first: followers[0]!, second: followers[1]!, other: other.signal});
		followers[0]!.addEventListener('resume', () => void other.pause());
		parent.abort();
		expect(log).toEqual(['resume first', 'resume second', 'pause other']);
	});
});

describe('changes inside a listener', () => {
	test('their events come after the current round', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const log = logEvents({parent: parent.signal, child: child.signal});
		parent.signal.addEventListener('pause', () => void parent.resume(), {once: true});
		parent.pause();
		expect(log).toEqual(['pause parent', 'pause child', 'resume parent', 'resume child']);
	});

	test('their state is there at once', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const seen: unknown[] = [];
		parent.signal.addEventListener('pause', () => {
			parent.resume();
			seen.push(parent.signal.paused, child.signal.paused);
		});
		child.signal.addEventListener('pause', () => seen.push(child.signal.paused));
		parent.pause();
		expect(seen).toEqual([false, false, false]);
	});

	test('on another signal, too', () => {
		const [first, second] = [new PausableController(), new PausableController()];
		const child = new PausableController({signal: first.signal});
		const log = logEvents({first: first.signal, second: second.signal, child: child.signal});
		first.signal.addEventListener('pause', () => void second.pause());
		first.pause();
		expect(log).toEqual(['pause first', 'pause child', 'pause second']);
	});

	// node.ts, invariant 5
	test('resume() in a pause listener, pause() in a resume listener: alternation holds', () => {
		const controller = new PausableController();
		let turns = 0;
		const log = logEvents({it: controller.signal});
		controller.signal.addEventListener('pause', () => void controller.resume());
		controller.signal.addEventListener('resume', () => {
			if (++turns < 3) controller.pause();
		});
		controller.pause();
		expect(log).toEqual(['pause it', 'resume it', 'pause it', 'resume it', 'pause it', 'resume it']);
	});

	test('a pause that is undone before its event: both events fire', () => {
		const [first, second] = [new PausableController(), new PausableController()];
		const log = logEvents({second: second.signal});
		first.signal.addEventListener('pause', () => {
			second.pause();
			second.resume();
		});
		first.pause();
		expect(log).toEqual(['pause second', 'resume second']);
	});

	test('abort() drops the pending events of the aborted signals', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const log = logEvents({parent: parent.signal, child: child.signal});
		parent.signal.addEventListener('pause', () => parent.abort());
		parent.pause();
		expect(log).toEqual(['pause parent', 'abort parent', 'abort child']);
	});

	test('abort() of another signal fires at once, as on the platform', () => {
		const [first, second] = [new PausableController(), new PausableController()];
		const log = logEvents({first: first.signal, second: second.signal});
		first.signal.addEventListener('pause', () => {
			second.abort();
			log.push('done');
		});
		first.pause();
		expect(log).toEqual(['pause first', 'abort second', 'done']);
	});

	test('a child made inside an abort listener is born aborted', () => {
		const parent = new PausableController();
		const seen: unknown[] = [];
		parent.signal.addEventListener('abort', () => {
			const child = new PausableController({signal: parent.signal});
			seen.push(child.signal.reason, PausableSignal.any([parent.signal]).reason);
		});
		parent.abort('enough');
		expect(seen).toEqual(['enough', 'enough']);
	});

	test('abort() again inside an abort listener does nothing', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const log = logEvents({parent: parent.signal, child: child.signal});
		parent.signal.addEventListener('abort', () => {
			parent.abort('again');
			child.abort('again');
		});
		parent.abort('enough');
		expect([log, child.signal.reason]).toEqual([['abort parent', 'abort child'], 'enough']);
	});

	test('a listener added during the round gets no second pause', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const log: string[] = [];
		parent.signal.addEventListener('pause', () => {
			for (const type of ['pause', 'resume']) child.signal.addEventListener(type, () => log.push(type));
		});
		parent.pause();
		parent.resume();
		expect(log.filter((type) => type === 'pause').length).toBeLessThan(2);
		expect(log.at(-1)).toBe('resume');
	});

	test('a listener that is removed and added again while events are pending gets no two pauses in a row', () => {
		const first = new PausableController();
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const log: string[] = [];
		const listener = (event: Event): void => void log.push(event.type);
		const add = (): void =>
			['pause', 'resume'].forEach((type) => child.signal.addEventListener(type, listener));
		const remove = (): void =>
			['pause', 'resume'].forEach((type) => child.signal.removeEventListener(type, listener));
		add();
		first.signal.addEventListener('pause', () => void parent.pause());
		parent.signal.addEventListener(
			'pause',
			() => {
				remove();
				parent.resume();
				add();
				parent.pause();
			},
			{once: true},
		);
		first.pause();
		expect(log.join(' ')).not.toMatch(/pause pause|resume resume/);
		expect(log.at(-1)).toBe('pause');
	});
});

// node.ts, invariant 5
describe('a listener that goes and comes back', () => {
	/** A child whose listener goes, and comes back after this change, while the news of a pause are on their way. */
	function logAround(change: (parent: PausableController) => void): {
		log: string[];
		parent: PausableController;
	} {
		const parent = new PausableController();
		const {signal} = new PausableController({signal: parent.signal});
		const log: string[] = [];
		const listener = (event: Event): void => void log.push(event.type);
		const each = (verb: 'addEventListener' | 'removeEventListener'): void =>
			['pause', 'resume'].forEach((type) => signal[verb](type, listener));
		each('addEventListener');
		const around = (): void => {
			each('removeEventListener');
			change(parent);
			each('addEventListener');
		};
		parent.signal.addEventListener('pause', around, {once: true});
		parent.pause();
		return {log, parent};
	}

	test('with nothing changed meanwhile hears each event once', () => {
		const {log, parent} = logAround(() => {});
		parent.resume();
		parent.pause();
		expect(log).toEqual(['pause', 'resume', 'pause']);
	});

	test('after a resume hears both events that are due, and the next pause', () => {
		const {log, parent} = logAround((changed) => void changed.resume());
		expect(log).toEqual(['pause', 'resume']);
		parent.pause();
		expect(log).toEqual(['pause', 'resume', 'pause']);
	});

	test('after all events have fired hears only of what changes from then on', () => {
		const controller = new PausableController();
		const log: string[] = [];
		const listener = (event: Event): void => void log.push(event.type);
		const types = ['pause', 'resume'];
		for (const type of types) controller.signal.addEventListener(type, listener);
		controller.pause();
		for (const type of types) controller.signal.removeEventListener(type, listener);
		controller.resume();
		for (const type of types) controller.signal.addEventListener(type, listener);
		controller.pause();
		expect(log).toEqual(['pause', 'pause']);
	});
});

describe('throwing listeners', () => {
	test('stop neither the others nor the change, and are reported as the platform does', () => {
		const fixture = fileURLToPath(new URL('fixtures/throwing-listeners.ts', import.meta.url));
		const output = execFileSync(process.execPath, ['--import', 'tsx', fixture], {encoding: 'utf8'});
		expect(JSON.parse(output)).toEqual({
			log: [
				'pause first',
				'pause second',
				'pause child',
				'resume first',
				'resume second',
				'resume child',
				'abort first',
				'abort second',
				'abort child',
			],
			states: ['paused', 'open', 'aborted'],
			reported: ['pause first', 'pause child', 'resume first', 'resume child', 'abort first', 'abort child'],
		});
	});
});

describe('onpause, onresume and onabort', () => {
	const types = ['pause', 'resume', 'abort'] as const;

	test.each(types)('on%s is called with the event, as a method of the signal', (type) => {
		const controller = new PausableController();
		if (type === 'resume') controller.pause();
		const seen: unknown[] = [];
		controller.signal[`on${type}`] = function (event) {
			seen.push(this === controller.signal, event.type);
		};
		controller[type]();
		expect(seen).toEqual([true, type]);
	});

	test.each(types)('on%s is null at first, what was set last, and null for what cannot be called', (type) => {
		const {signal} = new PausableController();
		const name = `on${type}` as const;
		const [first, second] = [(): void => {}, (): void => {}];
		const seen: unknown[] = [signal[name]];
		for (const handler of [first, second, 5 as never, first, null]) {
			signal[name] = handler;
			seen.push(signal[name]);
		}
		expect(seen).toEqual([null, first, second, null, first, null]);
	});

	test('keeps its place among the listeners while it is set', () => {
		const controller = new PausableController();
		const {signal} = controller;
		const log: string[] = [];
		signal.addEventListener('pause', () => log.push('first'));
		signal.onpause = (): void => void log.push('replaced');
		signal.addEventListener('pause', () => log.push('last'));
		signal.onpause = (): void => void log.push('handler');
		controller.pause();
		expect(log).toEqual(['first', 'handler', 'last']);
	});

	test('is no longer called once it is set to null', () => {
		const controller = new PausableController();
		let calls = 0;
		controller.signal.onpause = (): void => void calls++;
		controller.pause();
		controller.resume();
		// oxlint-disable-next-line unicorn/prefer-add-event-listener -- the attribute is what is tested
		controller.signal.onpause = null;
		controller.pause();
		expect(calls).toBe(1);
	});

	test('onabort keeps its value after the abort, as the platform does', () => {
		const controller = new PausableController();
		const handler = (): void => {};
		// oxlint-disable-next-line unicorn/prefer-add-event-listener -- the attribute is what is tested
		controller.signal.onabort = handler;
		controller.abort();
		expect(controller.signal.onabort).toBe(handler);
	});
});

describe('addEventListener() and its options', () => {
	const types = ['pause', 'resume', 'abort'] as const;

	/** Fires one event of the type; `again` only where the type can fire twice. */
	function fire(controller: PausableController, type: (typeof types)[number]): void {
		if (type === 'resume') controller.pause();
		controller[type]();
		if (type === 'pause') controller.resume();
	}

	describe.each(types)('%s', (type) => {
		test('once: is called once', () => {
			const controller = new PausableController();
			let calls = 0;
			controller.signal.addEventListener(type, () => calls++, {once: true});
			fire(controller, type);
			fire(controller, type);
			expect(calls).toBe(1);
		});

		test('capture: counts apart', () => {
			const controller = new PausableController();
			let calls = 0;
			const listener = (): void => void calls++;
			controller.signal.addEventListener(type, listener);
			controller.signal.addEventListener(type, listener, true);
			controller.signal.addEventListener(type, listener, {capture: true});
			controller.signal.removeEventListener(type, listener);
			fire(controller, type);
			expect(calls).toBe(1);
		});

		test('the same one again is not called twice, and is removed at once', () => {
			const controller = new PausableController();
			let calls = 0;
			const listener = (): void => void calls++;
			for (const options of [undefined, false, {once: true}, {passive: true}])
				controller.signal.addEventListener(type, listener, options);
			controller.signal.removeEventListener(type, listener);
			fire(controller, type);
			expect(calls).toBe(0);
		});

		test('handleEvent: is looked up when it is called, as a method', () => {
			const controller = new PausableController();
			const seen: unknown[] = [];
			const listener = {
				handleEvent(_event: Event): void {
					seen.push('old');
				},
			};
			controller.signal.addEventListener(type, listener);
			controller.signal.addEventListener(type, listener, {capture: true, once: true});
			listener.handleEvent = function (event) {
				seen.push(this === listener, event.type);
			};
			fire(controller, type);
			expect(seen).toEqual([true, type, true, type]);
		});

		test('signal: removes it with its abort', () => {
			const controller = new PausableController();
			const remover = new AbortController();
			let calls = 0;
			controller.signal.addEventListener(type, () => calls++, {signal: remover.signal});
			remover.abort();
			fire(controller, type);
			expect([calls, getEventListeners(controller.signal, type).length]).toEqual([0, 0]);
			expect(getEventListeners(remover.signal, 'abort')).toHaveLength(0);
		});

		test('signal: one that is aborted already adds nothing', () => {
			const controller = new PausableController();
			let calls = 0;
			controller.signal.addEventListener(type, () => calls++, {signal: AbortSignal.abort()});
			fire(controller, type);
			expect(calls).toBe(0);
		});

		test('signal: the one that is listened to removes the listener before its abort is told', () => {
			const controller = new PausableController();
			const plain = new AbortController();
			const log: string[] = [];
			controller.signal.addEventListener(type, () => log.push('ours'), {signal: controller.signal});
			plain.signal.addEventListener('abort', () => log.push('plain'), {signal: plain.signal});
			controller.abort();
			plain.abort();
			expect(log).toEqual([]);
		});

		test('signal with once and capture: all count', () => {
			const controller = new PausableController();
			const remover = new PausableController();
			let calls = 0;
			const listener = (): void => void calls++;
			const options = {once: true, capture: true, signal: remover.signal};
			controller.signal.addEventListener(type, listener, options);
			controller.signal.removeEventListener(type, listener);
			fire(controller, type);
			expect(calls).toBe(1);
			controller.signal.addEventListener(type, listener, options);
			controller.signal.removeEventListener(type, listener, {capture: true});
			fire(controller, type);
			expect(calls).toBe(1);
		});

		test('capture may be given as true, to add and to remove', () => {
			const controller = new PausableController();
			let calls = 0;
			const listener = (): void => void calls++;
			controller.signal.addEventListener(type, () => {});
			controller.signal.addEventListener(type, listener, true);
			// Node before 26 by itself takes no notice of this one.
			controller.signal.removeEventListener(type, listener, true);
			fire(controller, type);
			expect(calls).toBe(0);
		});

		test('null is no listener', () => {
			const controller = new PausableController();
			controller.signal.addEventListener(type, null);
			controller.signal.removeEventListener(type, null);
			expect(() => fire(controller, type)).not.toThrow();
		});
	});

	test('options that count as true are true: once', () => {
		const controller = new PausableController();
		let calls = 0;
		const listener = (): void => void calls++;
		controller.signal.addEventListener('pause', listener, {once: 1 as unknown as boolean});
		fire(controller, 'pause');
		fire(controller, 'pause');
		expect(calls).toBe(1);
		controller.signal.addEventListener('pause', listener);
		fire(controller, 'pause');
		expect(calls).toBe(2);
	});

	test('options may be inherited, beside a signal, too', () => {
		const controller = new PausableController();
		let calls = 0;
		const listener = (): void => void calls++;
		const options = Object.create({capture: true, signal: new AbortController().signal}) as object;
		controller.signal.addEventListener('abort', listener, options);
		controller.signal.removeEventListener('abort', listener, {capture: true});
		controller.abort();
		expect(calls).toBe(0);
	});

	test('a once listener without handleEvent is passed over', async () => {
		const controller = new PausableController();
		let heard = 0;
		controller.signal.addEventListener('pause', {} as EventListenerObject, {once: true});
		controller.signal.addEventListener('pause', () => heard++);
		controller.pause();
		// An error would be thrown in a task of its own, and end this test.
		await macrotask();
		expect(heard).toBe(1);
	});

	test('a once listener behind stopImmediatePropagation gets the next event', () => {
		const controller = new PausableController();
		let stops = 0;
		let heard = 0;
		const stopper = (event: Event): void => {
			stops++;
			event.stopImmediatePropagation();
		};
		controller.signal.addEventListener('pause', stopper, {once: true});
		controller.signal.addEventListener('pause', () => heard++, {once: true});
		controller.pause();
		controller.resume();
		controller.pause();
		expect([stops, heard]).toEqual([1, 1]);
	});

	test('a listener that removes another one which has not been called: that is not called', () => {
		const controller = new PausableController();
		let calls = 0;
		const removed = (): void => void calls++;
		controller.signal.addEventListener('pause', () =>
			controller.signal.removeEventListener('pause', removed),
		);
		controller.signal.addEventListener('pause', removed);
		controller.pause();
		expect(calls).toBe(0);
	});

	test('a bad signal is refused as the platform refuses it', () => {
		const {signal} = new PausableController();
		for (const bad of [null, {}, 5]) {
			const add = (target: AbortSignal): void =>
				target.addEventListener('pause', () => {}, {signal: bad as unknown as AbortSignal});
			expect(() => add(new AbortController().signal)).toThrow();
			expect(() => add(signal)).toThrow();
		}
	});

	test('events of other names pass by', () => {
		const {signal} = new PausableController();
		const seen: unknown[] = [];
		const listener = (event: Event): void => void seen.push(event.type);
		signal.addEventListener('news', listener, {once: true});
		signal.dispatchEvent(new Event('news'));
		signal.dispatchEvent(new Event('news'));
		expect(seen).toEqual(['news']);
	});

	test('events.once() hears pause and resume', async () => {
		const controller = new PausableController();
		const paused = once(controller.signal, 'pause');
		controller.pause();
		await expect(paused).resolves.toEqual([expect.objectContaining({type: 'pause'})]);
	});
});

function stateOf(signal: PausableSignal): string {
	if (signal.aborted) return 'aborted';
	return signal.paused ? 'paused' : 'open';
}
