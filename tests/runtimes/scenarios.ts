// What has to hold on every runtime: each scenario returns plain data, and `expected` says which.
import {
	all,
	delay,
	Gate,
	interval,
	isAbortOf,
	pausable,
	PausableController,
	PausableSignal,
	retry,
	Task,
} from 'pausable-signal';
import {pausableFetch, transferOf} from 'pausable-signal/fetch';
import {PausableQueue} from 'pausable-signal/queue';
import {followRemote, memoryStore, RemoteController} from 'pausable-signal/remote';
import {pausableStream} from 'pausable-signal/streams';
import {leftOn, sequence, whenParked} from 'pausable-signal/testing';

// More than any runtime reads ahead.
export const fileSize = 8_000_000;
export const byteAt = (index: number): number => (index * 7 + (index >> 8)) & 0xff;

const macrotask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

async function stateOf(promise: Promise<unknown>): Promise<string> {
	const pending = Symbol('pending');
	await macrotask();
	return Promise.race([promise, Promise.resolve(pending)]).then(
		(value) => (value === pending ? 'pending' : 'resolved'),
		() => 'rejected',
	);
}

/** Collects what can be: by the engine's own function, or by making enough garbage. */
function collectGarbage(): void {
	const {gc} = globalThis as unknown as {gc?(): void};
	if (gc) gc();
	else for (let round = 0; round < 100; round++) Array.from({length: 100_000}, (_, index) => ({index}));
}

/** Where {@link serveScenarios} listens. */
type Scenario = (base: string) => Promise<unknown>;

export const scenarios: Record<string, Scenario> = {
	async brand() {
		const controller = new PausableController();
		const {signal} = controller;
		const composite = AbortSignal.any([signal]);
		const target = new EventTarget();
		let heard = 0;
		target.addEventListener('news', () => heard++, {signal});
		signal.addEventListener('abort', () => (heard += signal.aborted ? 10 : 100));
		target.dispatchEvent(new Event('news'));
		await macrotask();
		const reason = {why: 'enough'};
		controller.abort(reason);
		target.dispatchEvent(new Event('news'));
		return {
			isSignal: signal instanceof AbortSignal && signal instanceof PausableSignal,
			any: composite.aborted && composite.reason === reason,
			heard,
		};
	},

	// An engine may drop the wrapper of a native object, and make it anew.
	async collection() {
		const controllers = Array.from({length: 200}, () => new PausableController());
		for (const controller of controllers) controller.pause();
		for (let turn = 0; turn < 3; turn++) {
			await macrotask();
			collectGarbage();
		}
		return controllers.filter(({signal}) => signal instanceof PausableSignal && signal.paused).length;
	},

	async request(base) {
		const controller = new PausableController();
		const {signal} = controller;
		const request = fetch(`${base}/never`, {signal});
		await macrotask();
		const reason = {why: 'enough'};
		controller.abort(reason);
		const error: unknown = await request.catch((caught: unknown) => caught);
		return error === reason && isAbortOf(signal, error);
	},

	async gate() {
		const gate = new Gate(false);
		const timedOut = await gate.wait({timeout: 1});
		const waiting = gate.wait();
		const passed = gate.release();
		return [timedOut, passed, await waiting, gate.isOpen];
	},

	async loop() {
		const controller = new PausableController();
		const {signal} = controller;
		const log: string[] = [];
		signal.addEventListener('pause', () => log.push('pause'));
		signal.onresume = () => log.push('resume');
		controller.pause();
		const waiting = signal.gate.wait();
		log.push(await stateOf(waiting));
		controller.resume();
		log.push(String(await waiting));
		controller.pause();
		const last = signal.gate.wait();
		controller.abort();
		log.push(String(await last));
		return log;
	},

	async clock() {
		const controller = new PausableController();
		const waiting = delay(controller.signal, 20);
		controller.pause();
		// Begun later and as long: the paused one would end first, if its clock had run on.
		await delay(PausableSignal.none, 20);
		const paused = await stateOf(waiting);
		controller.resume();
		await waiting;
		return paused;
	},

	async time() {
		const {signal} = new PausableController();
		const ticks: number[] = [];
		for await (const tick of interval(signal, 1)) if (ticks.push(tick) === 3) break;
		const ask = async (attempt: number): Promise<number> => {
			if (attempt < 2) throw new Error('busy');
			return attempt;
		};
		const attempts = await retry(signal, (_signal, attempt) => ask(attempt), {baseMs: 1});
		const values = await all(signal, (inner) => [delay(inner, 1).then(() => 'one'), Promise.resolve('two')]);
		return [ticks, attempts, values];
	},

	async iterate() {
		const controller = new PausableController();
		const seen: number[] = [];
		const reading = (async () => {
			for await (const item of pausable(controller.signal, [1, 2, 3]))
				if (seen.push(item) === 2) controller.pause();
		})();
		const paused = await stateOf(reading);
		const before = [...seen];
		controller.resume();
		await reading;
		return [paused, before, seen];
	},

	async task() {
		const task = Task.start(async ({signal}) => {
			while (await signal.gate.wait()) await macrotask();
			return 'cleaned up';
		});
		const paused = await task.pause();
		const {state} = task;
		await task.stop();
		return [paused, state, task.state, await task.result];
	},

	async queue() {
		const queue = new PausableQueue({concurrency: 1});
		const added = queue.add(
			async ({signal}) => {
				await macrotask();
				await signal.checkpoint();
				return 'done';
			},
			{id: 'one'},
		);
		const report = await queue.pause();
		queue.resume();
		// Sets are made by a class that only the queue brings in: a bundler must not drop it.
		const inSet = queue.taskSet('set').add(({set}) => set?.name);
		return [report, await added, await inSet];
	},

	async fleet() {
		const store = memoryStore();
		const follower = await followRemote(store, 'fleet');
		const task = follower.start(async ({signal}) => {
			while (await signal.gate.wait()) await macrotask();
		});
		const controller = new RemoteController(store, 'fleet');
		const {quiet} = await controller.pause('deploying');
		const {state} = task;
		await controller.abort();
		await follower.close();
		return [quiet, state, task.state];
	},

	async testing() {
		const controller = new PausableController();
		const at = sequence();
		const order: string[] = [];
		const loop = async (name: string, step: number, {signal}: {signal: PausableSignal}): Promise<void> => {
			await at(step);
			order.push(name);
			await signal.checkpoint();
		};
		controller.pause();
		const tasks = [1, 0].map((step) =>
			Task.start((context) => loop(`step ${step}`, step, context), {signal: controller.signal}),
		);
		const parked = await Promise.all(tasks.map((task) => whenParked(task, {timeout: 5_000})));
		const {children} = leftOn(controller.signal);
		controller.resume();
		await Promise.all(tasks.map(({result}) => result));
		return {order, parked, children, left: leftOn(controller.signal)};
	},

	async stream(base) {
		const controller = new PausableController();
		const {body} = await fetch(`${base}/text`);
		const text = pausableStream(controller.signal, body!).pipeThrough(new TextDecoderStream());
		controller.pause();
		const reading = new Response(text.pipeThrough(new TextEncoderStream())).text();
		const paused = await stateOf(reading);
		controller.resume();
		return [paused, await reading];
	},

	async fetch(base) {
		const controller = new PausableController();
		const response = await pausableFetch(`${base}/file`, {signal: controller.signal, holdMs: 0});
		const transfer = transferOf(response)!;
		const states = [transfer.state];
		transfer.addEventListener('statechange', () => states.push(transfer.state));
		const reader = response.body!.getReader();
		const parts = [(await reader.read()).value!];
		controller.pause();
		await macrotask();
		controller.resume();
		for (let read = await reader.read(); !read.done; read = await reader.read()) parts.push(read.value);
		await macrotask();
		const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
		const isWhole = bytes.length === fileSize && bytes.every((byte, index) => byte === byteAt(index));
		return {status: response.status, states, isWhole, reconnects: transfer.reconnects};
	},
};

export const expected: Readonly<Record<string, unknown>> = {
	brand: {isSignal: true, any: true, heard: 11},
	collection: 200,
	request: true,
	gate: [false, 1, true, false],
	loop: ['pause', 'pending', 'resume', 'true', 'pause', 'false'],
	clock: 'pending',
	time: [[0, 1, 2], 2, ['one', 'two']],
	iterate: ['pending', [1, 2], [1, 2, 3]],
	task: [true, 'paused', 'stopped', 'cleaned up'],
	queue: [{parked: [{id: 'one'}], running: []}, 'done', 'set'],
	fleet: [true, 'paused', 'stopped'],
	testing: {
		order: ['step 0', 'step 1'],
		parked: [true, true],
		children: 2,
		left: {listeners: 0, waiters: 0, followers: 0, children: 0},
	},
	stream: ['pending', 'hello'],
	fetch: {
		status: 200,
		states: ['running', 'dropped', 'reconnecting', 'running', 'completed'],
		isWhole: true,
		reconnects: 1,
	},
};

/** What the scenarios of transfers ask of the platform, and some windows lack. */
const needs: Readonly<Record<string, readonly string[]>> = {
	request: ['fetch'],
	stream: ['fetch', 'ReadableStream', 'TextDecoderStream'],
	fetch: ['fetch', 'ReadableStream'],
};

/** The result of a scenario, or what the platform lacks for it. */
export async function runScenario(name: string, base: string): Promise<unknown> {
	const lacking = (needs[name] ?? []).find((one) => !(one in globalThis));
	return lacking === undefined ? scenarios[name]!(base) : {lacking};
}

// For a page, which has no other way to them.
Object.assign(globalThis, {runScenario, scenarioNames: Object.keys(scenarios)});
