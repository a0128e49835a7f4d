/**
 * Loops on both verbs to wait, with something done to them at each of their microtasks, and pairs of
 * that in one tick: whatever the moment, no turn is lost, doubled or let through.
 */
import {describe, expect, test} from '@jest/globals';
import {PausableController, type PausableSignal} from 'pausable-signal';
import {flush, type Watched, watched} from './support.ts';

const turns = 4;
const everyTurn = [0, 1, 2, 3];
// More than the whole loop takes: the last ones come after its end.
const microtasks = 24;

type Loop = (signal: PausableSignal, done: number[]) => Promise<string>;

async function work(done: number[]): Promise<void> {
	await Promise.resolve();
	done.push(done.length);
}

const loops: Readonly<Record<string, Loop>> = {
	async 'gate.wait()'(signal, done) {
		while (await signal.gate.wait()) {
			if (done.length === turns) return 'finished';
			await work(done);
		}
		return 'stopped';
	},
	async 'gate.wait({timeout})'(signal, done) {
		while (await signal.gate.wait({timeout: 1e6})) {
			if (done.length === turns) return 'finished';
			await work(done);
		}
		return 'stopped';
	},
	async 'checkpoint()'(signal, done) {
		for (;;) {
			await signal.checkpoint();
			if (done.length === turns) return 'finished';
			await work(done);
		}
	},
};

const child = (signal: AbortSignal | readonly AbortSignal[]): PausableSignal =>
	new PausableController({signal}).signal;

/** Which signal the loop is on, seen from the one that is paused and aborted. */
const places: Readonly<Record<string, (signal: PausableSignal) => PausableSignal>> = {
	'that signal': (signal) => signal,
	'a grandchild': (signal) => child(child(signal)),
	'a child of two': (signal) => child([new PausableController().signal, signal]),
};

type Verb = 'pause' | 'resume' | 'abort' | 'step';

/** What is done at which microtask of the loop. */
type Script = readonly (readonly [number, ...Verb[]])[];

interface Scene {
	readonly controller: PausableController;
	readonly done: number[];
	readonly loop: Watched<string>;
	/** How many turns were done when the script was over. */
	doneBefore: number;
}

const reason = {why: 'enough'};

async function play(setting: Setting, isPausedBefore: boolean, script: Script): Promise<Scene> {
	const controller = new PausableController();
	if (isPausedBefore) controller.pause();
	const done: number[] = [];
	const loop = watched(setting.loop(setting.place(controller.signal), done));
	const scene = {controller, done, loop, doneBefore: 0};
	let now = 0;
	for (const [at, ...verbs] of script) {
		for (; now < at; now++) await Promise.resolve();
		for (const verb of verbs) controller[verb](reason);
		scene.doneBefore = done.length;
	}
	await flush();
	return scene;
}

function expectFinished({loop, done}: Scene): void {
	expect(loop).toEqual({state: 'resolved', value: 'finished'});
	expect(done).toEqual(everyTurn);
}

/** It waits, or it was over before; at most the turn that was under way has been done since. */
async function expectHeld(scene: Scene): Promise<void> {
	const {controller, loop, done, doneBefore} = scene;
	if (loop.state === 'pending') {
		expect(done).toEqual(everyTurn.slice(0, done.length));
		expect(done.length - doneBefore).toBeLessThanOrEqual(1);
		controller.resume();
		await flush();
	}
	expectFinished(scene);
}

/** It ended by the abort, or it was over before; at most the turn that was under way has been done since. */
function expectAborted(scene: Scene): void {
	const {loop, done, doneBefore} = scene;
	if (loop.value === 'finished') {
		expectFinished(scene);
	} else {
		if (loop.state === 'rejected') expect(loop.reason).toBe(reason);
		else expect(loop).toEqual({state: 'resolved', value: 'stopped'});
		expect(done).toEqual(everyTurn.slice(0, done.length));
		expect(done.length - doneBefore).toBeLessThanOrEqual(1);
	}
}

const moments = Array.from({length: microtasks}, (_, at) => at);
const twoMoments = moments.flatMap((first) =>
	moments.filter((second) => second >= first).map((second) => [first, second] as const),
);

interface Setting {
	readonly name: string;
	readonly loop: Loop;
	readonly place: (signal: PausableSignal) => PausableSignal;
}

const settings: Setting[] = Object.entries(loops).flatMap(([verb, loop]) =>
	Object.entries(places).map(([where, place]) => ({name: `${verb} on ${where}`, loop, place})),
);

describe.each(settings)('a loop on $name', (setting) => {
	test('takes fewer microtasks than are tried', async () => {
		const scene = await play(setting, false, [[microtasks - 4, 'pause']]);
		expectFinished(scene);
	});

	test('pause: the turn under way is done, and no other before the resume', async () => {
		for (const at of moments) await expectHeld(await play(setting, false, [[at, 'pause']]));
	});

	test('abort: the turn under way is done, and no other', async () => {
		for (const at of moments) expectAborted(await play(setting, false, [[at, 'abort']]));
	});

	test('pause, and resume at any moment after it', async () => {
		for (const [first, second] of twoMoments)
			expectFinished(
				await play(setting, false, [
					[first, 'pause'],
					[second, 'resume'],
				]),
			);
	});

	test('pause, and abort at any moment after it', async () => {
		for (const [first, second] of twoMoments)
			expectAborted(
				await play(setting, false, [
					[first, 'pause'],
					[second, 'abort'],
				]),
			);
	});

	test('paused before: resume, and pause at any moment after it', async () => {
		for (const [first, second] of twoMoments)
			await expectHeld(
				await play(setting, true, [
					[first, 'resume'],
					[second, 'pause'],
				]),
			);
	});

	test('paused before: resume, and abort at any moment after it', async () => {
		for (const [first, second] of twoMoments)
			expectAborted(
				await play(setting, true, [
					[first, 'resume'],
					[second, 'abort'],
				]),
			);
	});

	test('paused before: resume and pause in one tick let nobody through, however often', async () => {
		for (const at of moments) {
			const scene = await play(setting, true, [
				[at, 'resume', 'pause'],
				[at + 1, 'resume', 'pause', 'resume', 'pause'],
			]);
			expect(scene.done).toEqual([]);
			await expectHeld(scene);
		}
	});

	test.each([
		['resume', 'abort'],
		['abort', 'resume'],
		['resume', 'pause', 'abort'],
	] as const)('paused before: %s and %s in one tick let nobody through', async (...verbs) => {
		for (const at of moments) {
			const scene = await play(setting, true, [[at, ...verbs]]);
			expect(scene.done).toEqual([]);
			expectAborted(scene);
		}
	});

	test('pause and resume in one tick stop nobody', async () => {
		for (const at of moments) expectFinished(await play(setting, false, [[at, 'pause', 'resume']]));
	});

	test.each([
		['pause', 'abort'],
		['abort', 'pause'],
		['pause', 'resume', 'abort'],
	] as const)('%s and %s in one tick are an abort', async (...verbs) => {
		for (const at of moments) expectAborted(await play(setting, false, [[at, ...verbs]]));
	});

	test('paused before: each step is one turn', async () => {
		for (const at of moments) {
			const scene = await play(setting, true, [[at, 'step']]);
			expect(scene.done).toHaveLength(1);
			scene.controller.step();
			await flush();
			expect(scene.done).toHaveLength(2);
			await expectHeld({...scene, doneBefore: 2});
		}
	});

	test('paused before: a step and a resume in one tick are a resume', async () => {
		for (const verbs of [['step', 'resume'] as const, ['resume', 'step'] as const])
			for (const at of moments) expectFinished(await play(setting, true, [[at, ...verbs]]));
	});
});
