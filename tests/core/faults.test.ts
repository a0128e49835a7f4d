// Faults found by review, one test each; they move to their rooms as those are written.
import {describe, expect, test} from '@jest/globals';
import {getEventListeners} from 'node:events';
import {PausableController, PausableSignal} from '../../src/core/index.ts';
import {retire} from '../../src/core/index.ts';
import {deadline} from '../../src/time/index.ts';
import {collectGarbage, flush, watched} from './support.ts';

describe('verbs inside a listener of the first round', () => {
	test('resume() in a pause listener resumes', () => {
		const controller = new PausableController();
		controller.signal.addEventListener('pause', () => expect(controller.resume()).toBe(true));
		controller.pause();
		expect(controller.signal.paused).toBe(false);
	});

	test('pause() in a pause listener changes nothing and leaves no hold behind', () => {
		const controller = new PausableController();
		const answers: boolean[] = [];
		controller.signal.addEventListener('pause', () => answers.push(controller.pause('again')));
		controller.pause('first');
		expect(answers).toEqual([false]);
		expect(controller.signal.holds.map(({reason}) => reason)).toEqual(['first']);
		controller.resume();
		expect(controller.signal.paused).toBe(false);
	});
});

describe('a signal that follows only the pauses of another', () => {
	test('lets its waiters go on when that one is aborted during a pause from above it', async () => {
		const top = new PausableController();
		const middle = new PausableController({signal: top.signal});
		const signal = PausableSignal.any([], {pause: middle.signal});
		top.pause();
		const wait = watched(signal.gate.wait());
		middle.abort();
		await flush();
		expect(signal.paused).toBe(false);
		expect(wait).toEqual({state: 'resolved', value: true});
	});

	test('lets the waiters of its children go on, too', async () => {
		const top = new PausableController();
		const middle = new PausableController({signal: top.signal});
		const child = new PausableController({signal: PausableSignal.any([], {pause: middle.signal})});
		top.pause();
		const wait = watched(child.signal.checkpoint());
		middle.abort();
		await flush();
		expect(wait.state).toBe('resolved');
	});

	test('goes on, and tells so, when that one is retired during a pause from above it', async () => {
		const top = new PausableController();
		const middle = new PausableController({signal: top.signal});
		const signal = PausableSignal.any([], {pause: middle.signal});
		top.pause();
		const events: string[] = [];
		signal.addEventListener('resume', () => events.push('resume'));
		const wait = watched(signal.gate.wait());
		retire(middle.signal);
		await flush();
		expect([signal.paused, wait.state, events]).toEqual([false, 'resolved', ['resume']]);
	});

	test('is not paused by a composite that was aborted by another of its sources', () => {
		const pausing = new PausableController();
		const aborting = new PausableController();
		const composite = PausableSignal.any([aborting.signal, pausing.signal]);
		const signal = PausableSignal.any([], {pause: composite});
		pausing.pause();
		aborting.abort();
		expect([composite.paused, signal.paused]).toEqual([false, false]);
	});
});

describe('a time limit that only any() refers to', () => {
	test('still aborts it: PausableSignal.timeout', async () => {
		const signal = PausableSignal.any([PausableSignal.timeout(100), PausableSignal.none]);
		const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
		await collectGarbage();
		await Promise.race([aborted, new Promise((resolve) => setTimeout(resolve, 400))]);
		expect(signal.aborted).toBe(true);
	});

	test('still aborts it: deadline', async () => {
		const signal = PausableSignal.any([deadline(new PausableController().signal, 100)]);
		const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
		await collectGarbage();
		await Promise.race([aborted, new Promise((resolve) => setTimeout(resolve, 400))]);
		expect(signal.aborted).toBe(true);
	});
});

describe('order and alternation of events', () => {
	test('parents before children, where a child has a parent and its child as parents', () => {
		const log: string[] = [];
		const a = new PausableController({name: 'a'});
		const b = new PausableController({name: 'b', signal: a.signal});
		const c = new PausableController({name: 'c', signal: b.signal});
		const d = new PausableController({name: 'd', signal: [a.signal, c.signal]});
		for (const {signal} of [a, b, c, d]) {
			for (const type of ['pause', 'resume', 'abort'])
				signal.addEventListener(type, () => log.push(`${type} ${signal.name}`));
		}
		a.pause();
		a.resume();
		a.abort();
		expect(log).toEqual(
			['pause', 'resume', 'abort'].flatMap((type) => ['a', 'b', 'c', 'd'].map((name) => `${type} ${name}`)),
		);
	});

	test('a listener that is taken away and put back while news are under way sees no two pauses in a row', () => {
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
	});

	test('onabort keeps its value after the abort, as the platform does', () => {
		const controller = new PausableController();
		const handler = (): void => {};
		// oxlint-disable-next-line unicorn/prefer-add-event-listener -- the attribute is what is tested
		controller.signal.onabort = handler;
		controller.abort();
		expect(controller.signal.onabort).toBe(handler);
	});

	test('a once listener behind stopImmediatePropagation hears the next event', () => {
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
});

describe('step()', () => {
	test('reaches what resume() would let go on: also who was blocked elsewhere until this tick', async () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		parent.pause();
		child.pause();
		const wait = watched(child.signal.gate.wait());
		child.resume();
		expect(parent.step()).toBe(true);
		await flush();
		expect(wait.state).toBe('resolved');
	});
});

describe('nothing is left on a long-lived signal', () => {
	async function countCollected(make: () => AbortController): Promise<number> {
		let collected = 0;
		const registry = new FinalizationRegistry(() => collected++);
		(() => {
			for (let i = 0; i < 200; i++) registry.register(make(), undefined);
		})();
		await collectGarbage();
		return collected;
	}

	test.each(['plain', 'pausable'])(
		'by listeners with {signal} on controllers that were aborted: %s',
		async (kind) => {
			const {signal} = kind === 'plain' ? new AbortController() : new PausableController();
			const make = (): AbortController => {
				const controller = new PausableController();
				controller.signal.addEventListener('pause', () => {}, {signal});
				controller.abort();
				return controller;
			};
			expect(await countCollected(make)).toBeGreaterThan(190);
			expect(getEventListeners(signal, 'abort')).toHaveLength(0);
		},
	);

	test('by listeners with {signal} on controllers that were dropped', async () => {
		const {signal} = new PausableController();
		const make = (): AbortController => {
			const controller = new PausableController();
			controller.signal.addEventListener('pause', () => {}, {signal});
			return controller;
		};
		expect(await countCollected(make)).toBeGreaterThan(190);
		expect(signal.aborted).toBe(false);
	});
});

describe('a child that only native code refers to', () => {
	test('hears of the abort: AbortSignal.any([child])', async () => {
		const parent = new PausableController();
		const composite = AbortSignal.any([new PausableController({signal: parent.signal}).signal]);
		let heard = 0;
		composite.addEventListener('abort', () => heard++);
		await collectGarbage();
		parent.abort();
		expect(heard).toBe(1);
	});
});

describe('waking in turns', () => {
	test("somebody else's fake setTimeout stops neither this wake-up nor any later one", async () => {
		const {setTimeout} = globalThis;
		const controller = new PausableController();
		controller.pause();
		let woken = 0;
		for (let i = 0; i < 10_001; i++) void controller.signal.gate.wait().then(() => woken++);
		globalThis.setTimeout = (() => 0) as unknown as typeof setTimeout;
		try {
			controller.resume();
			await flush();
		} finally {
			globalThis.setTimeout = setTimeout;
		}
		await new Promise((resolve) => setTimeout(resolve, 5));
		expect(woken).toBe(10_001);
	});
});

describe('depth', () => {
	test('20,000 levels can listen, wait, pause and abort', async () => {
		const root = new PausableController();
		let leaf = root;
		for (let level = 0; level < 20_000; level++) leaf = new PausableController({signal: leaf.signal});
		root.pause();
		const wait = watched(leaf.signal.gate.wait());
		leaf.signal.addEventListener('resume', () => {});
		root.abort();
		await flush();
		expect(wait).toEqual({state: 'resolved', value: false});
	});
});
