// The state machine of a task: every state and every verb, and the diagram of it in the guide.
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {describe, expect, test} from '@jest/globals';
import {PausableController, type PausableSignal, type Task, type TaskState} from 'pausable-signal';
import {time, useVirtualTime} from '../support/virtual-time.ts';
import {Deferred, flush, start, statesOf, watched} from './kit.ts';

useVirtualTime();

const failure = new Error('it failed');
const patience = 1000;

const fail: Order = () => {
	throw failure;
};

/** What the function does once it is told to. */
type Order = () => unknown;

interface Scene {
	readonly outer: PausableController;
	readonly task: Task<unknown>;
	/** Has the function do something, wherever it is. */
	readonly order: (order: Order) => void;
}

/** How the function waits for its order. */
const ways = {
	working: (_signal: PausableSignal, ordered: Promise<unknown>) => ordered,
	'at a checkpoint': (signal: PausableSignal, ordered: Promise<unknown>) =>
		Promise.race([signal.checkpoint(), ordered]),
	'at a gate, for a while': (signal: PausableSignal) => signal.gate.wait({timeout: patience}),
};

function begin(way: keyof typeof ways, outer: PausableController = new PausableController()): Scene {
	const {promise, resolve} = new Deferred<Order>();
	const task = start<unknown>(
		async ({signal}) => {
			// A pause can come first.
			await Promise.resolve();
			await ways[way](signal, promise);
			return (await promise)();
		},
		{signal: outer.signal},
	);
	task.result.catch(() => {});
	return {outer, task, order: resolve};
}

function beginPaused(way: keyof typeof ways): Scene {
	const scene = begin(way);
	void scene.task.pause();
	return scene;
}

const scenes = {
	running: () => begin('working'),
	pausing: () => beginPaused('working'),
	paused: () => beginPaused('at a checkpoint'),
	'paused, not called yet'() {
		const outer = new PausableController();
		outer.pause();
		return begin('working', outer);
	},
	stopping: () => beginStopping(),
	completed: () => ended(() => 'value'),
	failed: () => ended(fail),
	stopped: () => beginStopped(),
};

function beginStopping(): Scene {
	const scene = begin('working');
	scene.task.stop('stopped').catch(() => {});
	return scene;
}

function beginStopped(): Scene {
	const scene = beginStopping();
	scene.order(() => 'value');
	return scene;
}

function ended(order: Order): Scene {
	const scene = begin('working');
	scene.order(order);
	return scene;
}

type SceneName = keyof typeof scenes;

const verbs = {
	'pause()': ({task}: Scene) => task.pause(),
	'resume()': ({task}: Scene) => task.resume(),
	'hold()': ({task}: Scene) => void task.hold(),
	'hold() and its release()': ({task}: Scene) => task.hold().release(),
	'stop()': ({task}: Scene) => task.stop('stopped'),
	'join({timeout: 0})': ({task}: Scene) => task.join({timeout: 0}),
	'pause above': ({outer}: Scene) => void outer.pause(),
	'resume above': ({outer}: Scene) => void outer.resume(),
	'abort above': ({outer}: Scene) => outer.abort('above'),
	'it comes to a wait': ({task, order}: Scene) => order(() => task.signal.checkpoint()),
	'it returns': ({order}: Scene) => order(() => 'value'),
	'it throws': ({order}: Scene) => order(fail),
	'it throws the abort': ({task, order}: Scene) => order(() => Promise.reject(task.signal.reason ?? noAbort)),
};

type VerbName = keyof typeof verbs;

// Nobody aborted anything: so that is no stop.
const noAbort = new DOMException('not asked for', 'AbortError');

/** What a verb answers: a value, `pending` or `rejects`; and the states that follow. */
type Cell = readonly [answer: unknown, ...states: TaskState[]];

const ignored: Readonly<Record<VerbName, Cell>> = {
	'pause()': [true],
	'resume()': [false],
	'hold()': [undefined],
	'hold() and its release()': [false],
	'stop()': [undefined],
	'join({timeout: 0})': [true],
	'pause above': [undefined],
	'resume above': [undefined],
	'abort above': [undefined],
	'it comes to a wait': [undefined],
	'it returns': [undefined],
	'it throws': [undefined],
	'it throws the abort': [undefined],
};

const table: Readonly<Record<SceneName, Readonly<Record<VerbName, Cell>>>> = {
	running: {
		'pause()': ['pending', 'pausing'],
		'resume()': [false],
		'hold()': [undefined, 'pausing'],
		'hold() and its release()': [true, 'pausing', 'running'],
		'stop()': ['pending', 'stopping'],
		'join({timeout: 0})': [false],
		'pause above': [undefined, 'pausing'],
		'resume above': [undefined],
		'abort above': [undefined, 'stopping'],
		'it comes to a wait': [undefined, 'completed'],
		'it returns': [undefined, 'completed'],
		'it throws': [undefined, 'failed'],
		'it throws the abort': [undefined, 'failed'],
	},
	pausing: {
		'pause()': ['pending'],
		'resume()': [true, 'running'],
		'hold()': [undefined],
		'hold() and its release()': [true],
		'stop()': ['pending', 'stopping'],
		'join({timeout: 0})': [false],
		'pause above': [undefined],
		'resume above': [undefined],
		'abort above': [undefined, 'stopping'],
		'it comes to a wait': [undefined, 'paused'],
		'it returns': [undefined, 'completed'],
		'it throws': [undefined, 'failed'],
		'it throws the abort': [undefined, 'failed'],
	},
	paused: {
		'pause()': [true],
		'resume()': [true, 'running'],
		'hold()': [undefined],
		'hold() and its release()': [true],
		'stop()': [undefined, 'stopping', 'stopped'],
		'join({timeout: 0})': [false],
		'pause above': [undefined],
		'resume above': [undefined],
		'abort above': [undefined, 'stopping', 'stopped'],
		'it comes to a wait': [undefined],
		// It gives up its wait by itself.
		'it returns': [undefined, 'completed'],
		'it throws': [undefined, 'failed'],
		'it throws the abort': [undefined, 'failed'],
	},
	'paused, not called yet': {
		'pause()': [true],
		'resume()': [false],
		'hold()': [undefined],
		'hold() and its release()': [true],
		'stop()': [undefined, 'stopping', 'stopped'],
		'join({timeout: 0})': [false],
		'pause above': [undefined],
		'resume above': [undefined, 'running'],
		'abort above': [undefined, 'stopping', 'stopped'],
		'it comes to a wait': [undefined],
		'it returns': [undefined],
		'it throws': [undefined],
		'it throws the abort': [undefined],
	},
	stopping: {
		'pause()': ['pending'],
		'resume()': [false],
		'hold()': [undefined],
		'hold() and its release()': [false],
		'stop()': ['pending'],
		'join({timeout: 0})': [false],
		'pause above': [undefined],
		'resume above': [undefined],
		'abort above': [undefined],
		'it comes to a wait': [undefined, 'stopped'],
		'it returns': [undefined, 'stopped'],
		'it throws': [undefined, 'failed'],
		'it throws the abort': [undefined, 'stopped'],
	},
	completed: ignored,
	failed: ignored,
	stopped: {...ignored, 'hold() and its release()': [false]},
};

const sceneNames = Object.keys(scenes) as SceneName[];
const verbNames = Object.keys(verbs) as VerbName[];

async function prepare(name: SceneName): Promise<Scene> {
	const scene = scenes[name]();
	await flush();
	return scene;
}

/** Does something to a task, and tells its answer and the states from the one before on. */
async function follow(
	scene: Scene,
	act: (scene: Scene) => unknown,
): Promise<{answer: unknown; path: string[]}> {
	const path: string[] = [scene.task.state];
	const states = statesOf(scene.task);
	const answer = watched(Promise.resolve(act(scene)));
	await time.advance(0);
	path.push(...states);
	if (answer.state === 'resolved') return {answer: answer.value, path};
	return {answer: answer.state === 'pending' ? 'pending' : 'rejects', path};
}

// task.ts, invariant 1
describe.each(sceneNames)('%s', (sceneName) => {
	test.each(verbNames)('%s', async (verbName) => {
		const scene = await prepare(sceneName);
		const state = sceneName.replace(/,.*/, '');
		const [answer, ...states] = table[sceneName][verbName];
		expect(await follow(scene, verbs[verbName])).toEqual({answer, path: [state, ...states]});
		expect(scene.task.state).toBe(states.at(-1) ?? state);
		expect(scene.task.isEnded).toBe(['completed', 'failed', 'stopped'].includes(scene.task.state));
	});
});

/** A paused task whose wait runs out of time, and what it is to do then. */
async function prepareImpatient(order: Order): Promise<Scene> {
	const scene = beginPaused('at a gate, for a while');
	scene.order(order);
	await flush();
	return scene;
}

describe('paused, and its wait runs out of time', () => {
	const orders: readonly (readonly [string, Order, readonly TaskState[]])[] = [
		['it works on', () => new Promise(() => {}), []],
		['it returns', () => 'value', ['completed']],
		['it throws', fail, ['failed']],
	];

	test.each(orders)('%s', async (_what, order, end) => {
		const scene = await prepareImpatient(order);
		expect(await follow(scene, () => time.next())).toMatchObject({
			path: ['paused', 'pausing', ...end],
		});
	});
});

test('the diagram in the guide has exactly these transitions', async () => {
	const found = new Set<string>();
	const note = (path: readonly string[]): void =>
		path.slice(1).forEach((state, index) => found.add(`${path[index]} --> ${state}`));
	for (const sceneName of sceneNames) {
		for (const verbName of verbNames) note((await follow(await prepare(sceneName), verbs[verbName])).path);
	}
	const impatient = await prepareImpatient(() => new Promise(() => {}));
	note((await follow(impatient, () => time.next())).path);
	for (const outer of startsUnder()) note(['[*]', begin('working', outer).task.state]);
	for (const state of ['completed', 'failed', 'stopped'] as const) note([state, '[*]']);
	// The sentence below the diagram tells of these two.
	const outOfPaused = ['paused --> completed', 'paused --> failed'];
	expect([...found].toSorted()).toEqual([...new Set([...transitionsInGuide(), ...outOfPaused])].toSorted());
});

/** What a task may be started under. */
function startsUnder(): PausableController[] {
	const [open, paused, aborted] = [0, 1, 2].map(() => new PausableController()) as [
		PausableController,
		PausableController,
		PausableController,
	];
	paused.pause();
	aborted.abort();
	return [open, paused, aborted];
}

function transitionsInGuide(): string[] {
	const guide = readFileSync(fileURLToPath(new URL('../../docs/guide.md', import.meta.url)), 'utf8');
	const diagram = /```mermaid\nstateDiagram-v2\n(.*?)```/s.exec(guide)?.[1] ?? '';
	return [...diagram.matchAll(/^\s*(\S+ --> \w+|\S+ --> \[\*\])/gm)].map(
		([, transition]) => transition as string,
	);
}
