// The cases of web-platform-tests/wpt, dom/abort, with our classes in the place of the platform's; the platform's
// own run beside them as a control. As read:
// - event.any.js (nodejs/node's copy at 2485047), AbortSignal.any.js (wpt b7b796d)
// - resources/abort-signal-any-tests.js (wpt 612d89d, and the later cases from a newer copy)
// - crashtests/any-on-abort.html (9d904e9), abort-signal-any-crash.html (95c556f)
// - Blink's additions: wpt_internal/dom/abort, abort-signal-memory-tests.https.any.js and
//   resources/abort-signal-any-memory-tests.js
/* oxlint-disable unicorn/prefer-add-event-listener -- the cases use onabort, and it is tested with them */
import {beforeEach, describe, expect, test} from '@jest/globals';
import {PausableController, PausableSignal} from 'pausable-signal';
import {
	type Classes,
	collectGarbage,
	flush,
	nextEvent,
	nodeMajor,
	ours,
	platform,
	thrownBy,
	typeError,
} from './kit.ts';

const pairs: readonly (readonly [string, Classes])[] = [
	['PausableController and PausableSignal', ours],
	['AbortController and AbortSignal', platform],
];

/** For cases that the platform's own class passes only from that Node on. */
function testSince(major: number, {Signal}: Classes): typeof test.skip {
	return Signal === AbortSignal && nodeMajor < major ? test.skip : test;
}

/** The getter of that name, from the prototype or from one above it. */
function getterOf(prototype: object, name: string): (this: unknown) => unknown {
	for (let at: object = prototype; ; at = Object.getPrototypeOf(at)) {
		const getter = Object.getOwnPropertyDescriptor(at, name)?.get;
		if (getter !== undefined) return getter;
	}
}

const abortError = expect.objectContaining({name: 'AbortError', code: 20});

describe.each(pairs)('event.any.js: %s', (_name, {Controller, Signal}) => {
	let controller: AbortController;
	let signal: AbortSignal;
	let events: Event[];

	beforeEach(() => {
		controller = new Controller();
		({signal} = controller);
		events = [];
		signal.addEventListener('abort', (event) => events.push(event));
	});

	test('abort() fires the event before it returns', () => {
		expect(events).toHaveLength(0);
		controller.abort();
		expect(events).toHaveLength(1);
	});

	test('a signal is not aborted and has no reason, but the property, before', () => {
		expect(signal.aborted).toBe(false);
		expect('reason' in signal).toBe(true);
		expect(signal.reason).toBe(undefined);
	});

	test('a listener finds the signal aborted, with its reason', () => {
		let seen: unknown;
		signal.addEventListener('abort', () => (seen = [signal.aborted, signal.reason]));
		controller.abort('enough');
		expect(seen).toEqual([true, 'enough']);
	});

	test('controller.signal is the same object before and after', () => {
		const before = controller.signal;
		controller.abort();
		expect(controller.signal).toBe(before);
	});

	test('the second abort() does nothing', () => {
		let calls = 0;
		signal.onabort = () => calls++;
		controller.abort('first');
		controller.abort('second');
		expect([calls, events.length, signal.reason]).toEqual([1, 1, 'first']);
	});

	test('a handler that is set after the abort is not called', async () => {
		controller.abort();
		let calls = 0;
		signal.onabort = () => calls++;
		signal.addEventListener('abort', () => calls++);
		await flush();
		expect(calls).toBe(0);
	});

	test('the event has the right properties', () => {
		let target: EventTarget | null = null;
		signal.onabort = (event) => (target = event.target);
		controller.abort();
		const {type, bubbles, cancelable, isTrusted} = events[0] as Event;
		expect({type, bubbles, cancelable, isTrusted}).toEqual({
			type: 'abort',
			bubbles: false,
			cancelable: false,
			isTrusted: true,
		});
		expect(target).toBe(signal);
	});

	test('abort(reason) gives the signal that very reason', () => {
		const reason = new Error('hello');
		controller.abort(reason);
		expect(signal.reason).toBe(reason);
	});

	test.each([[[]], [[undefined]]])('abort(...%j) makes an AbortError', (given) => {
		controller.abort(...given);
		expect(signal.reason).toBeInstanceOf(DOMException);
		expect(signal.reason).toEqual(abortError);
	});

	test('abort(null) has the reason null', () => {
		controller.abort(null);
		expect([signal.aborted, signal.reason]).toEqual([true, null]);
	});

	test('the AbortError is one object, however often it is asked for', () => {
		controller.abort();
		expect(signal.reason).toBe(signal.reason);
		const aborted = Signal.abort();
		expect(aborted.reason).toBe(aborted.reason);
	});

	test.each([new Error('boom'), 'hello', null, 0])(
		'throwIfAborted() throws the very reason: %s',
		(reason) => {
			expect(thrownBy(() => Signal.abort(reason).throwIfAborted())).toBe(reason);
		},
	);

	test('throwIfAborted() does nothing before', () => {
		expect(() => signal.throwIfAborted()).not.toThrow();
	});

	test('controller.signal and abort() check the brand', () => {
		const getSignal = getterOf(Controller.prototype, 'signal');
		expect(getSignal.call(controller)).toBe(signal);
		for (const bad of [null, undefined, 0, NaN, true, 'controller', Object.create(Controller.prototype)]) {
			expect(thrownBy(() => getSignal.call(bad))).toMatchObject(typeError);
			expect(thrownBy(() => Controller.prototype.abort.call(bad))).toMatchObject(typeError);
		}
	});

	test.each(['aborted', 'reason'])('signal.%s checks the brand', (name) => {
		const get = getterOf(Signal.prototype, name);
		expect(() => get.call(signal)).not.toThrow();
		const bads: unknown[] = [null, undefined, 0, NaN, true, 'signal', Object.create(Signal.prototype)];
		for (const bad of bads) {
			expect(thrownBy(() => get.call(bad))).toMatchObject(typeError);
		}
	});
});

describe.each(pairs)('AbortSignal.any.js: %s', (_name, {Signal}) => {
	test('abort() is a signal that is aborted', () => {
		const signal = Signal.abort();
		expect(signal).toBeInstanceOf(Signal);
		expect(signal).toBeInstanceOf(AbortSignal);
		expect(signal.aborted).toBe(true);
		expect(signal.reason).toEqual(abortError);
	});

	test('abort(reason) has that very reason', () => {
		const reason = new Error('hello');
		expect(Signal.abort(reason).reason).toBe(reason);
	});

	test('a signal from abort() fires no event', async () => {
		const signal = Signal.abort();
		let calls = 0;
		signal.addEventListener('abort', () => calls++);
		signal.onabort = () => calls++;
		await nextEvent(Signal.timeout(1), 'abort');
		expect(calls).toBe(0);
	});

	test('timeout(0) is not aborted yet', () => {
		const signal = Signal.timeout(0);
		expect(signal).toBeInstanceOf(Signal);
		expect(signal.aborted).toBe(false);
	});

	test('timeout() aborts with a TimeoutError', async () => {
		const signal = Signal.timeout(5);
		await nextEvent(signal, 'abort');
		expect(signal.aborted).toBe(true);
		expect(signal.reason).toBeInstanceOf(DOMException);
		expect(signal.reason).toMatchObject({name: 'TimeoutError', code: 23});
	});

	test('timeouts of the same length fire in the order of creation', async () => {
		let result = '';
		for (const value of ['1', '2', '3']) Signal.timeout(5).onabort = () => (result += value);
		await nextEvent(Signal.timeout(5), 'abort');
		expect(result).toBe('123');
	});
});

/** Which `any()` over the signals of which controllers. */
const composites: readonly (readonly [string, Classes])[] = [
	['PausableSignal.any over PausableControllers', ours],
	['AbortSignal.any over AbortControllers', platform],
	['PausableSignal.any over AbortControllers', {...platform, Signal: PausableSignal}],
	['AbortSignal.any over PausableControllers', {...platform, Controller: PausableController}],
];

describe.each(composites)('abort-signal-any-tests.js: %s', (_name, classes) => {
	const {Controller, Signal} = classes;
	const three = (): AbortController[] => [new Controller(), new Controller(), new Controller()];

	test('of nothing is a signal', () => {
		expect(Signal.any([]).aborted).toBe(false);
	});

	test('is a new signal', () => {
		const {signal} = new Controller();
		expect(Signal.any([signal])).not.toBe(signal);
	});

	test('follows a single signal', () => {
		const controller = new Controller();
		const clone = Signal.any([controller.signal]);
		expect(['reason' in clone, clone.reason, clone.aborted]).toEqual([true, undefined, false]);
		let target: EventTarget | null = null;
		clone.onabort = (event) => (target = event.target);
		controller.abort('the reason');
		expect([clone.aborted, clone.reason]).toEqual([true, 'the reason']);
		expect(target).toBe(clone);
	});

	test.each([0, 1, 2])('follows number %d of three', (index) => {
		const controllers = three();
		const composite = Signal.any(controllers.map(({signal}) => signal));
		const targets: unknown[] = [];
		composite.onabort = ({target}) => targets.push(target);
		controllers[index]?.abort();
		expect(targets).toEqual([composite]);
		expect(composite.reason).toBeInstanceOf(DOMException);
		expect(composite.reason).toEqual(abortError);
	});

	test('is aborted already with the first reason in the list', () => {
		const controllers = three();
		controllers[2]?.abort('reason 2');
		controllers[1]?.abort('reason 1');
		const composite = Signal.any(controllers.map(({signal}) => signal));
		expect([composite.aborted, composite.reason]).toEqual([true, 'reason 1']);
	});

	test('takes the same signal more than once', () => {
		const controller = new Controller();
		const composite = Signal.any([controller.signal, controller.signal]);
		let calls = 0;
		composite.onabort = () => calls++;
		controller.abort('reason');
		expect([composite.reason, calls]).toEqual(['reason', 1]);
	});

	test('uses the first place of a signal that comes twice', () => {
		const [first, second] = [Signal.abort('first'), Signal.abort('second')];
		expect(Signal.any([first, second, first]).reason).toBe('first');
	});

	test.each([0, 1, 2])('composes: number %d of three, of which two are a composite', (index) => {
		const controllers = three();
		const [a, b, c] = controllers.map(({signal}) => signal) as [AbortSignal, AbortSignal, AbortSignal];
		const outer = Signal.any([Signal.any([a, b]), c]);
		let calls = 0;
		outer.onabort = () => calls++;
		controllers[index]?.abort();
		expect([outer.aborted, calls]).toEqual([true, 1]);
		expect(outer.reason).toEqual(abortError);
	});

	test('works with signals from timeout()', async () => {
		for (const limit of [AbortSignal.timeout(5), PausableSignal.timeout(5)]) {
			const composite = Signal.any([new Controller().signal, limit]);
			await nextEvent(composite, 'abort');
			expect(composite.reason).toMatchObject({name: 'TimeoutError', code: 23});
		}
	});

	test('works through composites in between', () => {
		const controller = new Controller();
		let composite = controller.signal;
		for (let depth = 0; depth < 4; depth++) composite = Signal.any([composite]);
		let calls = 0;
		composite.onabort = () => calls++;
		controller.abort('the reason');
		expect([composite.reason, calls]).toEqual(['the reason', 1]);
	});

	test('events fire on the source first, then in the order of creation', () => {
		const controller = new Controller();
		const {signal} = controller;
		const first = Signal.any([signal]);
		const signals = [first, Signal.any([signal]), Signal.any([signal]), Signal.any([first])];
		// The events of a signal that is not ours come in the order in which listeners were added to it.
		if (!(Signal === PausableSignal && Controller === AbortController)) signals.unshift(signal);
		let result = '';
		for (const [index, one] of signals.entries()) one.addEventListener('abort', () => (result += index));
		controller.abort();
		expect(result).toBe([...signals.keys()].join(''));
	});

	testSince(22, classes)('dependents are marked as aborted before any event fires', () => {
		const controller = new Controller();
		const first = Signal.any([controller.signal]);
		const second = Signal.any([first]);
		const seen: boolean[] = [];
		controller.signal.addEventListener('abort', () => {
			const third = Signal.any([second]);
			for (const signal of [controller.signal, first, second, third]) seen.push(signal.aborted);
		});
		controller.abort();
		expect(seen).toEqual([true, true, true, true]);
	});

	testSince(22, classes)('an abort inside the abort of another source changes nothing', () => {
		const [first, second] = three() as [AbortController, AbortController];
		const composite = Signal.any([first.signal, second.signal]);
		let calls = 0;
		first.signal.addEventListener('abort', () => second.abort('reason 2'));
		composite.addEventListener('abort', () => calls++);
		first.abort('reason 1');
		expect([composite.reason, calls]).toEqual(['reason 1', 1]);
	});

	test('has the same AbortError object as a source that was aborted before', () => {
		const source = Signal.abort();
		expect(Signal.any([source]).reason).toBe(source.reason);
	});

	test('has the same AbortError object as a source that is aborted later', () => {
		const controller = new Controller();
		const composite = Signal.any([controller.signal]);
		controller.abort();
		expect(composite.reason).toBe(controller.signal.reason);
	});

	testSince(22, classes)('may be asked for in a listener, over a composite that is falling', () => {
		const controller = new Controller();
		const composite = Signal.any([controller.signal]);
		let inside: AbortSignal | undefined;
		controller.signal.addEventListener('abort', () => (inside = Signal.any([composite])));
		controller.abort('enough');
		expect(inside?.reason).toBe('enough');
	});

	test('may be asked for over a composite whose source was collected', async () => {
		const composite = Signal.any([new Controller().signal]);
		await collectGarbage();
		expect(Signal.any([composite]).aborted).toBe(false);
	});

	test.each([undefined, null, 5, {}, [null], [undefined], ['123'], [{}]])('refuses %j', (bad) => {
		expect(thrownBy(() => Signal.any(bad as never))).toMatchObject(typeError);
	});

	testSince(24, classes)('refuses what only has the properties of a signal', () => {
		const bad = {aborted: true, reason: '', throwIfAborted: null};
		expect(thrownBy(() => Signal.any([bad as never]))).toMatchObject(typeError);
	});

	testSince(22, classes)('takes any iterable', () => {
		const controller = new Controller();
		const composite = Signal.any(new Set([new Controller().signal, controller.signal]));
		controller.abort('enough');
		expect(composite.reason).toBe('enough');
	});
});

/** A weak reference to each thing that a function makes; none of them is on the stack any more. */
function weakly<T extends Record<string, object>>(make: () => T): {readonly [K in keyof T]: WeakRef<T[K]>} {
	const entries = Object.entries(make()).map(([name, value]) => [name, new WeakRef(value)]);
	return Object.fromEntries(entries) as {readonly [K in keyof T]: WeakRef<T[K]>};
}

function alive(refs: Record<string, WeakRef<object>>): string[] {
	return Object.keys(refs).filter((name) => refs[name]?.deref() !== undefined);
}

describe.each(pairs)('abort-signal-any-memory-tests.js: %s', (_name, classes) => {
	const {Controller, Signal} = classes;

	test('controllers are collected while their signals are followed', async () => {
		const signals: AbortSignal[] = [];
		const refs = weakly(() => {
			const [first, second] = [new Controller(), new Controller()];
			signals.push(first.signal, second.signal);
			signals.push(Signal.any(signals));
			return {first, second};
		});
		await collectGarbage(() => alive(refs).length === 0);
		expect(alive(refs)).toEqual([]);
		expect(signals.map(({aborted}) => aborted)).toEqual([false, false, false]);
	});

	test('a composite is collected when all its sources are', async () => {
		const refs = weakly(() => {
			const [first, second] = [new Controller(), new Controller()];
			return {first, second, composite: Signal.any([first.signal, second.signal])};
		});
		await collectGarbage(() => alive(refs).length === 0);
		expect(alive(refs)).toEqual([]);
	});

	test('composites are collected when they have no references or listeners', async () => {
		const controller = new Controller();
		const refs = weakly(() => {
			const first = Signal.any([controller.signal]);
			return {first, second: Signal.any([first])};
		});
		await collectGarbage(() => alive(refs).length === 0);
		expect(alive(refs)).toEqual([]);
		expect(controller.signal.aborted).toBe(false);
	});

	test('… or only listeners for other events', async () => {
		const controller = new Controller();
		const refs = weakly(() => {
			const first = Signal.any([controller.signal]);
			const second = Signal.any([first]);
			for (const signal of [first, second]) signal.addEventListener('event', () => {});
			return {first, second};
		});
		await collectGarbage(() => alive(refs).length === 0);
		expect(alive(refs)).toEqual([]);
		expect(controller.signal.aborted).toBe(false);
	});

	test('… or when all their listeners were removed', async () => {
		const controller = new Controller();
		const refs = weakly(() => {
			const first = Signal.any([controller.signal]);
			const second = Signal.any([first]);
			for (const signal of [first, second]) {
				const listeners = [(): void => {}, (): void => {}];
				for (const listener of listeners) signal.addEventListener('abort', listener);
				for (const listener of listeners) signal.removeEventListener('abort', listener);
			}
			return {first, second};
		});
		await collectGarbage(() => alive(refs).length === 0);
		expect(alive(refs)).toEqual([]);
		expect(controller.signal.aborted).toBe(false);
	});

	test('a composite that listens is kept until its source aborts it', async () => {
		const controller = new Controller();
		const seen: unknown[] = [];
		weakly(() => {
			const composite = Signal.any([controller.signal]);
			composite.onabort = ({target}) => seen.push((target as AbortSignal).reason);
			return {composite};
		});
		await collectGarbage();
		controller.abort('enough');
		expect(seen).toEqual(['enough']);
	});

	testSince(22, classes)(
		'a composite that listens hears of a timeout that nobody else refers to',
		async () => {
			let fired = 0;
			const refs = weakly(() => {
				const composite = Signal.any([Signal.timeout(20)]);
				composite.onabort = () => fired++;
				return {composite};
			});
			await collectGarbage();
			await nextEvent(Signal.timeout(25), 'abort');
			expect(fired).toBe(1);
			await collectGarbage(() => alive(refs).length === 0);
			expect(alive(refs)).toEqual([]);
		},
	);

	testSince(24, classes)('a composite that only served to make another one is collected', async () => {
		const controller = new Controller();
		let fired = 0;
		const refs = weakly(() => {
			const temporary = Signal.any([controller.signal]);
			const composite = Signal.any([temporary]);
			composite.onabort = () => fired++;
			return {temporary, composite};
		});
		await collectGarbage();
		expect(alive(refs)).toEqual(['composite']);
		controller.abort();
		expect(fired).toBe(1);
		await collectGarbage(() => alive(refs).length === 0);
		expect(alive(refs)).toEqual([]);
	});

	testSince(24, classes)(
		'a composite that listens keeps its timeout alive, and no composite in between',
		async () => {
			const [first, second] = [new Controller(), new Controller()];
			let fired = 0;
			const refs = weakly(() => {
				const [one, two] = [Signal.any([first.signal]), Signal.any([second.signal])];
				const both = Signal.any([one, two]);
				const limit = Signal.timeout(1e6);
				const composite = Signal.any([both, limit]);
				composite.onabort = () => fired++;
				return {one, two, both, limit, composite};
			});
			await collectGarbage();
			expect(alive(refs)).toEqual(['limit', 'composite']);
			second.abort();
			expect([fired, first.signal.aborted]).toEqual([1, false]);
			await collectGarbage(() => !alive(refs).includes('composite'));
			expect(alive(refs)).not.toContain('composite');
		},
	);

	testSince(22, classes)(
		'composites that nothing can abort any more are collected with their listeners',
		async () => {
			const refs = weakly(() => {
				const ofNothing = Signal.any([]);
				const ofDropped = Signal.any([new Controller().signal]);
				for (const signal of [ofNothing, ofDropped]) {
					signal.addEventListener('abort', () => {});
					signal.addEventListener('pause', () => {});
				}
				return {ofNothing, ofDropped};
			});
			await collectGarbage(() => alive(refs).length === 0);
			expect(alive(refs)).toEqual([]);
		},
	);

	test('collecting does not touch listeners with the {signal} of a controller', async () => {
		const target = new EventTarget();
		const controller = new Controller();
		let heard = 0;
		target.addEventListener('test', () => heard++, {signal: controller.signal});
		await collectGarbage();
		target.dispatchEvent(new Event('test'));
		target.dispatchEvent(new Event('test'));
		controller.abort();
		target.dispatchEvent(new Event('test'));
		expect(heard).toBe(2);
	});

	test('… nor those with the {signal} of a composite that nobody else refers to', async () => {
		const target = new EventTarget();
		const controller = new Controller();
		let heard = 0;
		weakly(() => {
			const composite = Signal.any([controller.signal]);
			target.addEventListener('test', () => heard++, {signal: composite});
			return {composite};
		});
		await collectGarbage();
		target.dispatchEvent(new Event('test'));
		target.dispatchEvent(new Event('test'));
		expect(heard).toBe(2);
		controller.abort();
		target.dispatchEvent(new Event('test'));
		expect(heard).toBe(2);
	});
});
