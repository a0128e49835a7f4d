import {describe, expect, test} from '@jest/globals';
import {EventEmitter, getEventListeners} from 'node:events';
import {PausableController, race, Task, waitForEvent} from 'pausable-signal';
import {flush, leftOn, nothing, rejectionOf, watched} from './kit.ts';

type Handler = (...values: any[]) => void;

class OnOff {
	readonly handlers = new Set<Handler>();
	on(_name: string | symbol, handler: Handler): void {
		this.handlers.add(handler);
	}
	off(_name: string | symbol, handler: Handler): void {
		this.handlers.delete(handler);
	}
	emit(...values: unknown[]): void {
		for (const handler of this.handlers) handler(...values);
	}
}

class AddRemove {
	readonly handlers = new Set<Handler>();
	addListener(_name: string | symbol, handler: Handler): void {
		this.handlers.add(handler);
	}
	removeListener(_name: string | symbol, handler: Handler): void {
		this.handlers.delete(handler);
	}
}

describe('an EventTarget', () => {
	test('resolves with the event, and leaves nothing', async () => {
		const {signal} = new PausableController();
		const target = new EventTarget();
		const promise = waitForEvent<Event>(signal, target, 'open');
		const event = new Event('open');
		target.dispatchEvent(new Event('close'));
		target.dispatchEvent(event);
		target.dispatchEvent(new Event('open'));
		expect(await promise).toBe(event);
		expect(getEventListeners(target, 'open')).toEqual([]);
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('listens with the given options, and removes its listener with the same', async () => {
		const controller = new PausableController();
		const target = new EventTarget();
		const calls: unknown[] = [];
		target.addEventListener = (name, _listener, options) => calls.push(['add', name, options]);
		target.removeEventListener = (name, _listener, options) => calls.push(['remove', name, options]);
		const promise = waitForEvent(controller.signal, target, 'open', {capture: true});
		controller.abort('enough');
		expect(await rejectionOf(promise)).toBe('enough');
		expect(calls).toEqual([
			['add', 'open', {capture: true}],
			['remove', 'open', {capture: true}],
		]);
	});

	test('an abort removes the listener', async () => {
		const controller = new PausableController();
		const target = new EventTarget();
		const promise = waitForEvent(controller.signal, target, 'open', {capture: true});
		expect(getEventListeners(target, 'open')).toHaveLength(1);
		controller.abort('enough');
		expect(getEventListeners(target, 'open')).toHaveLength(0);
		expect(await rejectionOf(promise)).toBe('enough');
	});

	test('an event right before the abort counts', async () => {
		const controller = new PausableController();
		const target = new EventTarget();
		const promise = waitForEvent<Event>(controller.signal, target, 'open');
		target.dispatchEvent(new Event('open'));
		controller.abort();
		expect((await promise).type).toBe('open');
	});
});

describe('an event emitter', () => {
	test('gives a single argument alone, several as an array, none as undefined', async () => {
		const {signal} = new PausableController();
		const emitter = new EventEmitter();
		const promises = ['one', 'two', 'none'].map((name) => waitForEvent<unknown>(signal, emitter, name));
		emitter.emit('one', 1);
		emitter.emit('two', 1, 2);
		emitter.emit('none');
		expect(await Promise.all(promises)).toEqual([1, [1, 2], undefined]);
		expect(emitter.eventNames()).toEqual([]);
	});

	test('accepts a symbol as the name', async () => {
		const {signal} = new PausableController();
		const emitter = new EventEmitter();
		const name = Symbol('name');
		const promise = waitForEvent<string>(signal, emitter, name);
		emitter.emit(name, 'value');
		expect(await promise).toBe('value');
	});

	test('needs only on() and off()', async () => {
		const {signal} = new PausableController();
		const target = new OnOff();
		const promise = waitForEvent<string>(signal, target, 'any');
		target.emit('value');
		expect(await promise).toBe('value');
		expect(target.handlers.size).toBe(0);
	});

	test('needs only addListener() and removeListener()', async () => {
		const {signal} = new PausableController();
		const target = new AddRemove();
		const promise = waitForEvent<string>(signal, target, 'any');
		for (const handler of target.handlers) handler('value');
		expect(await promise).toBe('value');
		expect(target.handlers.size).toBe(0);
	});

	test('may call a listener before it has added it', async () => {
		class Eager extends OnOff {
			override on(name: string | symbol, handler: Handler): void {
				handler('at once');
				super.on(name, handler);
			}
		}
		const {signal} = new PausableController();
		const target = new Eager();
		expect(await waitForEvent<string>(signal, target, 'any')).toBe('at once');
		expect(target.handlers.size).toBe(0);
		expect(leftOn(signal)).toEqual(nothing);
	});
});

describe('paused', () => {
	test('an event is kept and delivered on resume', async () => {
		const controller = new PausableController();
		const target = new EventTarget();
		controller.pause();
		const seen = watched(waitForEvent(controller.signal, target, 'open'));
		const event = new Event('open');
		target.dispatchEvent(event);
		await flush();
		expect(seen.state).toBe('pending');
		expect(getEventListeners(target, 'open')).toEqual([]);
		controller.resume();
		await flush();
		expect(seen.value).toBe(event);
		expect(leftOn(controller.signal)).toEqual(nothing);
	});

	test('an abort drops the event that was kept', async () => {
		const controller = new PausableController();
		const target = new EventTarget();
		const promise = waitForEvent(controller.signal, target, 'open');
		controller.pause();
		target.dispatchEvent(new Event('open'));
		await flush();
		controller.abort('enough');
		expect(await rejectionOf(promise)).toBe('enough');
	});

	test('of two events that were kept, the first wins a race', async () => {
		const controller = new PausableController();
		const target = new EventTarget();
		const promise = race(controller.signal, (signal) => [
			waitForEvent<Event>(signal, target, 'close'),
			waitForEvent<Event>(signal, target, 'open'),
		]);
		controller.pause();
		target.dispatchEvent(new Event('open'));
		await flush();
		target.dispatchEvent(new Event('close'));
		await flush();
		controller.resume();
		expect((await promise).type).toBe('open');
	});

	test('a task that waits for an event stands still, and an event does not move it', async () => {
		const target = new EventTarget();
		const task = Task.start(({signal}) => waitForEvent<Event>(signal, target, 'open'));
		expect(await task.pause()).toBe(true);
		target.dispatchEvent(new Event('open'));
		await flush();
		expect(task.state).toBe('paused');
		task.resume();
		expect((await task.result).type).toBe('open');
	});
});

describe('bad input', () => {
	const {signal} = new PausableController();

	test.each([null, undefined, {}, 'target', {addEventListener() {}}, {on() {}}])(
		'a target that is none: %s',
		async (target) => {
			const error = await rejectionOf(waitForEvent(signal, target as never, 'open'));
			expect(error).toBeInstanceOf(TypeError);
			expect((error as Error).message).toMatch(/^target: expected an EventTarget or an event emitter/);
		},
	);

	test('a name that is none', async () => {
		const error = await rejectionOf(waitForEvent(signal, new EventTarget(), 7 as never));
		expect(error).toBeInstanceOf(TypeError);
		expect((error as Error).message).toBe('eventName: expected a string or a symbol, got 7 (number)');
	});

	test('a target that throws', async () => {
		const target = {
			on() {
				throw new Error('closed');
			},
			off() {},
		};
		expect(await rejectionOf(waitForEvent(signal, target, 'open'))).toMatchObject({message: 'closed'});
		expect(leftOn(signal)).toEqual(nothing);
	});
});
