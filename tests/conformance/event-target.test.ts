// The cases of web-platform-tests/wpt for listeners, with our signals as the target, as the {signal}, or both:
// - dom/events/AddEventListenerOptions-signal.any.js (as read at 395958b), AddEventListenerOptions-once.any.js
//   (cd12296), EventListenerOptions-capture.html, EventListener-handleEvent.any.js (adba281),
//   EventTarget-addEventListener, -removeEventListener, -add-remove-listener, -this-of-listener .any.js
// - html/webappapis/scripting/events/event-handler-spec-example.window.js (3e273bc), event-handler-removal.window.js,
//   event-handler-handleEvent-ignored.html (15af4ab)
// The platform's own targets and signals run beside them as a control.
import {beforeEach, describe, expect, test} from '@jest/globals';
import {PausableController, PausableSignal} from 'pausable-signal';
import {nodeMajor, thrownBy, typeError} from './kit.ts';

/** A target, the type of an event on it, and the controller of a {signal}. */
const kinds: readonly (readonly [string, () => EventTarget, string, new () => AbortController])[] = [
	['control: an EventTarget', () => new EventTarget(), 'test', AbortController],
	['control: an AbortSignal', () => new AbortController().signal, 'abort', AbortController],
	['an EventTarget, our {signal}', () => new EventTarget(), 'test', PausableController],
	['an AbortSignal, our {signal}', () => new AbortController().signal, 'abort', PausableController],
	...['pause', 'resume', 'abort', 'test'].flatMap((type) => [
		[`our signal, '${type}'`, () => new PausableController().signal, type, AbortController] as const,
		[
			`our signal, '${type}', our {signal}`,
			() => new PausableController().signal,
			type,
			PausableController,
		] as const,
	]),
];

describe.each(kinds)('%s', (_name, createTarget, type, Controller) => {
	let target: EventTarget;
	let controller: AbortController;
	let count: number;
	const handler = (): void => void count++;
	const fire = (): boolean => target.dispatchEvent(new Event(type));

	beforeEach(() => {
		target = createTarget();
		controller = new Controller();
		count = 0;
	});

	describe('AddEventListenerOptions-signal', () => {
		test('a listener with a signal is called until the abort, and not added after it', () => {
			const {signal} = controller;
			target.addEventListener(type, handler, {signal});
			fire();
			fire();
			expect(count).toBe(2);
			controller.abort();
			fire();
			expect(count).toBe(2);
			target.addEventListener(type, handler, {signal});
			fire();
			expect(count).toBe(2);
		});

		test('does not prevent removeEventListener()', () => {
			target.addEventListener(type, handler, {signal: controller.signal});
			target.removeEventListener(type, handler);
			fire();
			expect(count).toBe(0);
		});

		test('works with once', () => {
			target.addEventListener(type, handler, {signal: controller.signal, once: true});
			controller.abort();
			fire();
			expect(count).toBe(0);
		});

		test('a once listener with a signal is called once', () => {
			target.addEventListener(type, handler, {signal: controller.signal, once: true});
			fire();
			fire();
			expect(count).toBe(1);
		});

		test('a once listener with a signal can be removed', () => {
			target.addEventListener(type, handler, {signal: controller.signal, once: true});
			target.removeEventListener(type, handler);
			fire();
			expect(count).toBe(0);
		});

		test('one signal removes several listeners', () => {
			const {signal} = controller;
			target.addEventListener(type, handler, {signal, once: true});
			target.addEventListener('second', handler, {signal, once: true});
			controller.abort();
			fire();
			target.dispatchEvent(new Event('second'));
			expect(count).toBe(0);
		});

		test('works with capture', () => {
			target.addEventListener(type, handler, {signal: controller.signal, capture: true});
			fire();
			controller.abort();
			fire();
			expect(count).toBe(1);
		});

		test('removes the listener of the same phase alone', () => {
			target.addEventListener(type, handler, {signal: controller.signal, capture: true});
			target.addEventListener(type, handler);
			controller.abort();
			fire();
			expect(count).toBe(1);
		});

		test('an abort in a listener keeps the later ones from being called', () => {
			const {signal} = controller;
			target.addEventListener(type, () => controller.abort(), {signal});
			target.addEventListener(type, handler, {signal});
			fire();
			expect(count).toBe(0);
		});

		test('a listener that is added and aborted in a listener is not called', () => {
			const {signal} = controller;
			const add = (): void => {
				target.addEventListener(type, handler, {signal});
				controller.abort();
			};
			target.addEventListener(type, add, {signal});
			fire();
			expect(count).toBe(0);
		});

		test('an abort from a nested listener removes it', () => {
			const nested = (): void => {
				count++;
				if (count > 5) controller.abort();
				fire();
			};
			const begin = (): void => {
				target.addEventListener(type, nested, {signal: controller.signal});
				fire();
			};
			target.addEventListener(type, begin, {once: true});
			fire();
			expect(count).toBe(6);
		});

		test.each([null, 5, {}])('%j as the signal throws', (signal) => {
			const add = (): void => target.addEventListener(type, handler, {signal: signal as never});
			expect(thrownBy(add)).toMatchObject(typeError);
		});

		test('null as the signal throws also when the listener is null', () => {
			const add = (): void => target.addEventListener(type, null, {signal: null as never});
			expect(thrownBy(add)).toMatchObject(typeError);
		});

		test('undefined as the signal is none', () => {
			target.addEventListener(type, handler, {signal: undefined as never});
			fire();
			expect(count).toBe(1);
		});
	});

	describe('AddEventListenerOptions-once', () => {
		test('a once listener is called once, and others go on', () => {
			const log: string[] = [];
			target.addEventListener(type, () => log.push('once'), {once: true});
			target.addEventListener(type, () => log.push('normal'));
			fire();
			fire();
			expect(log).toEqual(['once', 'normal', 'normal']);
		});

		test('is called once even if the event is nested', () => {
			const nesting = (): void => {
				count++;
				if (count === 1) fire();
			};
			target.addEventListener(type, nesting, {once: true});
			fire();
			expect(count).toBe(1);
		});

		test('is called once after each adding', () => {
			const adding = (): void => {
				count++;
				if (count === 1) target.addEventListener(type, adding, {once: true});
				if (count <= 2) fire();
			};
			target.addEventListener(type, adding, {once: true});
			fire();
			expect(count).toBe(2);
		});

		test('is added and removed as others are', () => {
			target.addEventListener(type, handler, {once: true});
			target.addEventListener(type, handler);
			fire();
			fire();
			expect(count).toBe(1);
			target.addEventListener(type, handler, {once: true});
			target.removeEventListener(type, handler);
			fire();
			expect(count).toBe(1);
		});

		test('several are called though each stops the propagation', () => {
			const stopping = (event: Event): void => {
				count++;
				event.stopImmediatePropagation();
			};
			for (let n = 0; n < 4; n++) target.addEventListener(type, (event) => stopping(event), {once: true});
			const seen = [];
			for (let n = 0; n < 5; n++) {
				fire();
				seen.push(count);
			}
			expect(seen).toEqual([1, 2, 3, 4, 4]);
		});
	});

	describe('EventListenerOptions-capture', () => {
		const values: readonly (readonly [unknown, boolean])[] = [
			[true, true],
			[false, false],
			[undefined, false],
			[null, false],
			[{}, false],
			[{capture: true}, true],
			[{capture: false}, false],
			[{capture: 2}, true],
			[{capture: 0}, false],
			[Object.create({capture: true}), true],
		];

		test.each(values)('%j is capture: %p', (options, capture) => {
			target.addEventListener(type, handler, options as never);
			target.removeEventListener(type, handler, {capture: !capture});
			fire();
			expect(count).toBe(1);
			target.removeEventListener(type, handler, {capture});
			fire();
			expect(count).toBe(1);
		});

		// Older Nodes take any boolean for false here.
		const ofOurs = ['pause', 'resume', 'abort'].includes(type) && createTarget() instanceof PausableSignal;
		(ofOurs || nodeMajor >= 26 ? test : test.skip).each([true, false])(
			'removal: %p is capture',
			(capture) => {
				target.addEventListener(type, handler, {capture});
				target.removeEventListener(type, handler, !capture);
				fire();
				expect(count).toBe(1);
				target.removeEventListener(type, handler, capture);
				fire();
				expect(count).toBe(1);
			},
		);

		test('the same listener counts once in each phase', () => {
			for (const capture of [true, false, true, false]) target.addEventListener(type, handler, capture);
			fire();
			expect(count).toBe(2);
		});
	});

	describe('listeners', () => {
		test('are called in the order of adding, each once', () => {
			const log: string[] = [];
			const [a, b] = ['a', 'b'].map((name) => () => log.push(name)) as [() => number, () => number];
			target.addEventListener(type, a);
			target.addEventListener(type, b);
			target.addEventListener(type, a);
			fire();
			expect(log).toEqual(['a', 'b']);
		});

		test('that are added in a listener are not called before the next event', () => {
			target.addEventListener(type, () => target.addEventListener(type, handler), {once: true});
			fire();
			expect(count).toBe(0);
			fire();
			expect(count).toBe(1);
		});

		test('that are removed in a listener are not called', () => {
			target.addEventListener(type, () => target.removeEventListener(type, handler));
			target.addEventListener(type, handler);
			fire();
			expect(count).toBe(0);
		});

		test('are methods of the target', () => {
			const seen: unknown[] = [];
			const listener = function (this: unknown, event: Event): void {
				seen.push(this, event.target, event.currentTarget, event.type);
			};
			target.addEventListener(type, listener);
			fire();
			target.removeEventListener(type, listener);
			target.addEventListener(type, listener, {once: true});
			fire();
			expect(seen).toEqual([target, target, target, type, target, target, target, type]);
		});

		test('may be null, to add and to remove', () => {
			expect(target.addEventListener(type, null)).toBe(undefined);
			expect(target.addEventListener(type, null, true)).toBe(undefined);
			expect(target.removeEventListener(type, null)).toBe(undefined);
			expect(() => fire()).not.toThrow();
		});

		test('can be removed without a word on capture', () => {
			const cancel = (event: Event): void => event.preventDefault();
			const dispatch = (): boolean => target.dispatchEvent(new Event(type, {cancelable: true}));
			target.addEventListener(type, cancel, false);
			expect(dispatch()).toBe(false);
			target.removeEventListener(type, cancel);
			expect(dispatch()).toBe(true);
		});
	});

	describe.each([{once: false}, {once: true}])('EventListener-handleEvent, %j', (options) => {
		test('is called as a method of its object', () => {
			const seen: unknown[] = [];
			const listener = {
				handleEvent(event: Event): void {
					seen.push(this, event.type, event.target);
				},
			};
			target.addEventListener(type, listener, options);
			fire();
			expect(seen).toEqual([listener, type, target]);
		});

		test('is looked up at each event', () => {
			let lookups = 0;
			const listener = {
				get handleEvent() {
					lookups++;
					return handler;
				},
			};
			target.addEventListener(type, listener, options);
			// Node looks whether it is there, at the adding and before each call.
			const before = lookups;
			fire();
			const afterFirst = lookups;
			expect(afterFirst).toBeGreaterThan(before);
			fire();
			expect(lookups > afterFirst).toBe(!options.once);
			expect(count).toBe(options.once ? 1 : 2);
		});

		test('of a function is not called', () => {
			const listener = Object.assign(() => void count++, {
				handleEvent() {
					throw new Error('not to be called');
				},
			});
			target.addEventListener(type, listener, options);
			fire();
			expect(count).toBe(1);
		});

		test('an object is removed as a function is', () => {
			const listener = {handleEvent: handler};
			target.addEventListener(type, listener, options);
			target.addEventListener(type, listener, options);
			target.removeEventListener(type, listener);
			fire();
			expect(count).toBe(0);
		});
	});
});

describe('pause and resume as they really happen', () => {
	let controller: PausableController;
	let log: string[];

	/** A listener that notes the event. */
	const note =
		(name: string) =>
		(event: Event): void =>
			void log.push(`${name} ${event.type}`);

	/** Two pauses and resumes. */
	function fire(): void {
		for (let n = 0; n < 2; n++) {
			controller.pause();
			controller.resume();
		}
	}

	beforeEach(() => {
		controller = new PausableController();
		log = [];
	});

	test('functions and objects hear each of them', () => {
		for (const type of ['pause', 'resume']) {
			controller.signal.addEventListener(type, note('function'));
			controller.signal.addEventListener(type, {handleEvent: note('object')});
		}
		fire();
		const round = ['function pause', 'object pause', 'function resume', 'object resume'];
		expect(log).toEqual([...round, ...round]);
	});

	test('once, capture and {signal}', () => {
		const limit = new PausableController();
		const {signal} = controller;
		signal.addEventListener('pause', note('once'), {once: true});
		signal.addEventListener('pause', note('capture'), {capture: true});
		signal.addEventListener('pause', note('limited'), {signal: limit.signal});
		signal.addEventListener('resume', () => limit.abort());
		fire();
		expect(log).toHaveLength(4);
		expect(log.slice(0, 3).toSorted()).toEqual(['capture pause', 'limited pause', 'once pause']);
		expect(log[3]).toBe('capture pause');
	});

	test('a listener is added once', () => {
		const listener = note('same');
		for (let n = 0; n < 3; n++) controller.signal.addEventListener('pause', listener);
		fire();
		expect(log).toEqual(['same pause', 'same pause']);
	});

	// Node's own targets fail this: what removes the listener stays on the signal.
	test.each(['pause', 'resume', 'abort'])(
		'a removed listener that is added anew is not for the old {signal}: %s',
		(type) => {
			const limit = new PausableController();
			const {signal} = controller;
			const listener = note('anew');
			signal.addEventListener(type, listener, {signal: limit.signal});
			signal.removeEventListener(type, listener);
			signal.addEventListener(type, listener);
			limit.abort();
			controller.pause();
			controller.resume();
			controller.abort();
			expect(log).toEqual([`anew ${type}`]);
		},
	);

	test('a listener with its own signal as {signal} is gone after the abort, and hears no abort', () => {
		const {signal} = controller;
		for (const type of ['pause', 'abort']) signal.addEventListener(type, note('own'), {signal});
		controller.pause();
		controller.abort();
		signal.dispatchEvent(new Event('pause'));
		expect(log).toEqual(['own pause']);
	});

	test('the event is no more than an Event, and cannot be cancelled', () => {
		const events: Event[] = [];
		controller.signal.addEventListener('pause', (event) => events.push(event));
		controller.pause();
		const {type, bubbles, cancelable, target} = events[0] as Event;
		expect({type, bubbles, cancelable}).toEqual({type: 'pause', bubbles: false, cancelable: false});
		expect(target).toBe(controller.signal);
		expect(Object.getPrototypeOf(events[0])).toBe(Event.prototype);
	});
});

/** A signal with one of its event handler attributes. */
interface Attribute {
	readonly signal: AbortSignal;
	get(): unknown;
	set(value: unknown): void;
}

const attributes: readonly (readonly [string, string, () => AbortSignal])[] = [
	['control: onabort of an AbortSignal', 'abort', () => new AbortController().signal],
	...['pause', 'resume', 'abort'].map(
		(type) => [`on${type}`, type, () => new PausableController().signal] as const,
	),
];

describe.each(attributes)('event handler attributes: %s', (name, type, createSignal) => {
	const isControl = name.startsWith('control');
	let attribute: Attribute;
	let log: string[];
	const note =
		(text: string): (() => void) =>
		() =>
			void log.push(text);
	const listen = (text: string): void => attribute.signal.addEventListener(type, note(text));
	const fire = (): boolean => attribute.signal.dispatchEvent(new Event(type));

	beforeEach(() => {
		const signal = createSignal();
		attribute = {
			signal,
			get: () => signal[`on${type}` as 'onabort'],
			set(value) {
				signal[`on${type}` as 'onabort'] = value as never;
			},
		};
		log = [];
	});

	test('is null at first, and a property of the prototype', () => {
		expect(attribute.get()).toBe(null);
		expect(Object.hasOwn(attribute.signal, `on${type}`)).toBe(false);
		expect(`on${type}` in Object.getPrototypeOf(attribute.signal)).toBe(true);
	});

	test('is the function that was set', () => {
		const handler = note('handler');
		attribute.set(handler);
		expect(attribute.get()).toBe(handler);
	});

	test('is called with the event, as a method of the signal', () => {
		const seen: unknown[] = [];
		attribute.set(function (this: unknown, event: Event) {
			seen.push(this, event.type, event.target);
		});
		fire();
		expect(seen).toEqual([attribute.signal, type, attribute.signal]);
	});

	test('its place is where it was first set, whatever is set later', () => {
		listen('1');
		attribute.set(note('uncalled'));
		listen('3');
		attribute.set(note('2'));
		listen('4');
		fire();
		expect(log).toEqual(['1', '2', '3', '4']);
	});

	const objects: readonly (readonly [string, object])[] = [
		['{}', {}],
		['a Number', new Number(42)],
		['a String', new String('')],
	];

	test.each(objects)('keeps an object that cannot be called, and its place: %s', (_kind, object) => {
		attribute.set(object);
		expect(attribute.get()).toBe(object);
		listen('2');
		expect(() => fire()).not.toThrow();
		log = [];
		attribute.set(note('1'));
		fire();
		expect(log).toEqual(['1', '2']);
	});

	// Older Nodes keep numbers and strings.
	(isControl && nodeMajor < 26 ? test.skip : test).each([42, null, undefined, ''])(
		'is null after what is no object: %p',
		(value) => {
			attribute.set(value);
			expect(attribute.get()).toBe(null);
			attribute.set(note('handler'));
			attribute.set(value);
			expect(attribute.get()).toBe(null);
			fire();
			expect(log).toEqual([]);
		},
	);

	// Node keeps the old place.
	(isControl ? test.skip : test)('set to null and anew, it comes last', () => {
		listen('1');
		attribute.set(note('uncalled'));
		listen('2');
		attribute.set(null);
		listen('3');
		attribute.set(note('4'));
		fire();
		expect(log).toEqual(['1', '2', '3', '4']);
	});

	test('set to null by a listener before it, it is not called', () => {
		attribute.signal.addEventListener(type, () => attribute.set(null));
		attribute.set(note('handler'));
		fire();
		expect(log).toEqual([]);
	});

	test('replaced by a listener before it, the new one is called', () => {
		attribute.signal.addEventListener(type, () => attribute.set(note('new')));
		attribute.set(note('old'));
		fire();
		expect(log).toEqual(['new']);
	});

	test('is none of the listeners: they are added and removed beside it', () => {
		const handler = note('handler');
		attribute.set(handler);
		attribute.signal.addEventListener(type, handler);
		fire();
		expect(log).toEqual(['handler', 'handler']);
		attribute.signal.removeEventListener(type, handler);
		fire();
		expect(log).toEqual(['handler', 'handler', 'handler']);
	});

	test('handleEvent is not looked up', () => {
		let lookups = 0;
		attribute.set({
			get handleEvent() {
				lookups++;
				return () => {};
			},
		});
		fire();
		expect(lookups).toBe(0);
	});
});

test('the attributes are called by what really happens', () => {
	const controller = new PausableController();
	const {signal}: {signal: PausableSignal} = controller;
	const log: string[] = [];
	for (const type of ['pause', 'resume', 'abort'] as const) signal[`on${type}`] = () => log.push(type);
	controller.pause();
	controller.resume();
	controller.pause();
	controller.abort();
	expect(log).toEqual(['pause', 'resume', 'pause', 'abort']);
});
