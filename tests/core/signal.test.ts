// Rules 1 and 2: it is an AbortSignal, and abort beats pause.
import {describe, expect, test} from '@jest/globals';
import {addAbortSignal, Readable} from 'node:stream';
import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {setTimeout as sleep} from 'node:timers/promises';
import {PausableController, PausableSignal} from 'pausable-signal';
import {flush, logEvents, reasons, watched} from './support.ts';

describe('it is an AbortSignal', () => {
	const {signal} = new PausableController();

	test('and a controller is an AbortController', () => {
		expect(signal).toBeInstanceOf(PausableSignal);
		expect(signal).toBeInstanceOf(AbortSignal);
		expect(new PausableController()).toBeInstanceOf(AbortController);
	});

	test('a plain one is no PausableSignal', () => {
		expect(new AbortController().signal).not.toBeInstanceOf(PausableSignal);
	});

	test('cannot be constructed', () => {
		const Constructor = PausableSignal as unknown as new () => PausableSignal;
		// The platform throws it, whose TypeError is not the one of this realm.
		const error = thrownBy(() => void new Constructor());
		expect(error).toMatchObject({name: 'TypeError', message: 'Illegal constructor'});
	});

	test('is the same object at every look', () => {
		const controller = new PausableController();
		expect(controller.signal).toBe(controller.signal);
	});

	test('has the name by which libraries recognise a signal', () => {
		expect(Object.prototype.toString.call(signal)).toBe('[object AbortSignal]');
		expect(Object.getPrototypeOf(signal).constructor.name).toBe('AbortSignal');
	});

	test('lists its members in for … in, as platform objects do, and not its constructor', () => {
		const namesOf = (object: object): string[] => {
			const names: string[] = [];
			for (const name in object) names.push(name);
			return names;
		};
		expect(namesOf(signal)).toEqual(expect.arrayContaining(['aborted', 'paused', 'gate', 'checkpoint']));
		expect(namesOf(new PausableController())).toEqual(expect.arrayContaining(['abort', 'pause', 'hold']));
		expect(namesOf(signal)).not.toContain('constructor');
		expect(namesOf(new PausableController())).not.toContain('constructor');
		const own = Object.getOwnPropertyDescriptor(PausableSignal.prototype, 'constructor');
		expect(own).toEqual(Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'constructor'));
	});

	test('has no property of its own that the platform may take later', () => {
		expect(Object.keys(signal)).toEqual(Object.keys(new AbortController().signal));
	});

	test('its getters refuse any other object, as the platform does', () => {
		for (const name of ['aborted', 'reason', 'paused', 'holds', 'pauseReason', 'gate', 'name'] as const) {
			// By its name: the platform's own error is of another realm than the tests.
			expect(() => Reflect.get(PausableSignal.prototype, name, {})).toThrow(
				expect.objectContaining({name: 'TypeError'}),
			);
		}
	});

	test('our members refuse a plain signal', () => {
		for (const name of ['paused', 'holds', 'pauseReason', 'gate', 'name'] as const) {
			expect(() => Reflect.get(PausableSignal.prototype, name, new AbortController().signal)).toThrow(
				TypeError,
			);
		}
	});
});

describe('every API that takes an AbortSignal takes it, and aborts with it', () => {
	const aborts: readonly (readonly [string, (signal: AbortSignal) => Promise<unknown>])[] = [
		['fetch', (signal) => fetch('http://127.0.0.1:9/', {signal})],
		['new Request', (signal) => fetch(new Request('http://127.0.0.1:9/', {signal}))],
		['timers/promises', (signal) => sleep(1e6, undefined, {signal})],
		['events.once', (signal) => once(new EventTarget(), 'never', {signal})],
		['fs', (signal) => readFile(fileURLToPath(import.meta.url), {signal})],
		[
			'stream.addAbortSignal',
			async (signal) => {
				for await (const _ of addAbortSignal(signal, new Readable({read() {}})));
			},
		],
	];

	test.each(aborts)('%s', async (_name, start) => {
		const controller = new PausableController();
		const work = watched(start(controller.signal));
		controller.abort();
		for (let turn = 0; turn < 50 && work.state === 'pending'; turn++) await sleep(1);
		expect(work.state).toBe('rejected');
		expect(work.reason).toMatchObject({name: 'AbortError'});
	});

	test('addEventListener(…, {signal})', () => {
		const target = new EventTarget();
		const controller = new PausableController();
		let heard = 0;
		target.addEventListener('news', () => heard++, {signal: controller.signal});
		target.dispatchEvent(new Event('news'));
		controller.abort();
		target.dispatchEvent(new Event('news'));
		expect(heard).toBe(1);
	});

	test('AbortSignal.any', () => {
		const controller = new PausableController();
		const composite = AbortSignal.any([controller.signal]);
		const log = logEvents({composite});
		controller.abort('enough');
		expect([composite.reason, log]).toEqual(['enough', ['abort composite']]);
	});
});

describe('abort', () => {
	test.each(reasons)('keeps the identity of the reason everywhere: %s', async (_name, given) => {
		const controller = new PausableController();
		const child = new PausableController({signal: controller.signal});
		const any = PausableSignal.any([child.signal]);
		const native = AbortSignal.any([child.signal]);
		controller.pause();
		const checkpoints = [controller.signal, child.signal, any].map((signal) => watched(signal.checkpoint()));
		controller.abort(given);
		await flush();
		const {reason} = controller.signal;
		if (given === undefined) expect(reason).toMatchObject({name: 'AbortError', code: 20});
		else expect(reason).toBe(given);
		const late = watched(child.signal.checkpoint());
		await flush();
		for (const {state} of [...checkpoints, late]) expect(state).toBe('rejected');
		const everywhere = [child.signal.reason, any.reason, native.reason, late.reason];
		for (const other of [...everywhere, ...checkpoints.map((checkpoint) => checkpoint.reason)])
			expect(other).toBe(reason);
		expect(thrownBy(() => child.signal.throwIfAborted())).toBe(reason);
	});

	test('the first one counts', () => {
		const controller = new PausableController();
		controller.abort('first');
		controller.abort('second');
		expect(controller.signal.reason).toBe('first');
	});

	test('before it, there is neither a reason nor anything thrown', () => {
		const {signal} = new PausableController();
		expect([signal.aborted, signal.reason]).toEqual([false, undefined]);
		expect(() => signal.throwIfAborted()).not.toThrow();
	});

	test('fires one abort event, trusted as the platform fires it', () => {
		const controller = new PausableController();
		const trusted: boolean[] = [];
		controller.signal.addEventListener('abort', (event) => trusted.push(event.isTrusted));
		controller.abort();
		controller.abort();
		expect(trusted).toEqual([true]);
	});

	test('is what dispose does, at the end of a using block', () => {
		let signal: PausableSignal;
		{
			using controller = new PausableController();
			signal = controller.signal;
			expect(signal.aborted).toBe(false);
		}
		expect(signal.aborted).toBe(true);
		expect(signal.reason).toMatchObject({name: 'AbortError'});
	});
});

describe('abort beats pause', () => {
	test('an abort during a pause wakes every waiter at once', async () => {
		const controller = new PausableController();
		const child = new PausableController({signal: controller.signal});
		controller.pause();
		const ends: unknown[] = [];
		for (const {signal} of [controller, child]) {
			void signal.gate.wait().then((goesOn) => ends.push(goesOn));
			void signal.gate.wait({timeout: 1e6}).then((goesOn) => ends.push(goesOn));
			signal.checkpoint().catch((reason: unknown) => ends.push(reason));
		}
		controller.abort('enough');
		// One microtask: nothing but the promises' own reactions lies in between.
		await Promise.resolve();
		expect(ends).toEqual([false, false, 'enough', false, false, 'enough']);
	});

	// node.ts, invariant 6
	test('an aborted signal is never paused', () => {
		const controller = new PausableController();
		const child = new PausableController({signal: controller.signal});
		controller.pause();
		child.hold();
		controller.abort();
		for (const {signal} of [controller, child]) {
			expect([signal.paused, signal.pauseReason, signal.holds]).toEqual([false, undefined, []]);
			expect(signal.gate.isOpen).toBe(false);
		}
	});

	test('the verbs do nothing after it, and return false', () => {
		const controller = new PausableController();
		controller.pause();
		controller.abort();
		expect([controller.resume(), controller.pause(), controller.step(), controller.resume()]).toEqual([
			false,
			false,
			false,
			false,
		]);
		expect(controller.signal.paused).toBe(false);
	});

	test('a hold from before is over with it, one from after is inert', () => {
		const controller = new PausableController();
		const before = controller.hold('before');
		controller.abort();
		const after = controller.hold('after');
		expect([before.release(), after.release()]).toEqual([false, false]);
		expect([after.reason, controller.signal.holds]).toEqual(['after', []]);
	});

	test('fires no resume event', () => {
		const controller = new PausableController();
		const child = new PausableController({signal: controller.signal});
		controller.pause();
		const log = logEvents({parent: controller.signal, child: child.signal});
		controller.abort();
		expect(log).toEqual(['abort parent', 'abort child']);
	});

	test('in one tick with a resume, in either order', async () => {
		for (const verbs of [
			['resume', 'abort'],
			['abort', 'resume'],
		] as const) {
			const controller = new PausableController();
			controller.pause();
			const wait = watched(controller.signal.gate.wait());
			const checkpoint = watched(controller.signal.checkpoint());
			for (const verb of verbs) controller[verb]();
			await flush();
			expect(wait).toEqual({state: 'resolved', value: false});
			expect(checkpoint).toEqual({state: 'rejected', reason: controller.signal.reason});
		}
	});

	test('a wait on an aborted signal ends at once, whatever its timeout', async () => {
		const {signal} = new PausableController({signal: AbortSignal.abort('gone')});
		await expect(signal.gate.wait()).resolves.toBe(false);
		await expect(signal.gate.wait({timeout: 1e6})).resolves.toBe(false);
		await expect(signal.checkpoint()).rejects.toBe('gone');
	});
});

function thrownBy(run: () => void): unknown {
	try {
		run();
	} catch (error) {
		return error;
	}
	throw new Error('expected something to be thrown');
}
