// What the tests run in a browser. Each scenario returns plain data.
import {delay, isAbortOf, PausableController, PausableSignal, Task} from 'pausable-signal';
import {pausableFetch, transferOf} from 'pausable-signal/fetch';
import {PausableQueue} from 'pausable-signal/queue';
import {pausableStream} from 'pausable-signal/streams';

const macrotask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

async function stateOf(promise: Promise<unknown>): Promise<string> {
	const pending = Symbol('pending');
	await macrotask();
	return Promise.race([promise, Promise.resolve(pending)]).then(
		(value) => (value === pending ? 'pending' : 'resolved'),
		() => 'rejected',
	);
}

async function sha256(bytes: ArrayBuffer): Promise<string> {
	const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
	return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const scenarios: Record<string, () => Promise<unknown>> = {
	async brand() {
		const controller = new PausableController();
		const {signal} = controller;
		const request = fetch('/never', {signal});
		const composite = AbortSignal.any([signal]);
		let clicks = 0;
		document.addEventListener('click', () => clicks++, {signal});
		document.body.click();
		const reason = {why: 'enough'};
		controller.abort(reason);
		document.body.click();
		const error: unknown = await request.catch((caught: unknown) => caught);
		return {
			isSignal: signal instanceof AbortSignal && signal instanceof PausableSignal,
			fetch: error === reason && isAbortOf(signal, error),
			any: composite.aborted && composite.reason === reason,
			clicks,
		};
	},

	async collection() {
		const controllers = Array.from({length: 200}, () => new PausableController());
		for (const controller of controllers) controller.pause();
		for (let turn = 0; turn < 3; turn++) {
			await macrotask();
			(globalThis as unknown as {gc(): void}).gc();
		}
		return controllers.filter(({signal}) => signal instanceof PausableSignal && signal.paused).length;
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
		await new Promise((resolve) => setTimeout(resolve, 60));
		const paused = await stateOf(waiting);
		controller.resume();
		await waiting;
		return paused;
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
		return [report, await added];
	},

	async stream() {
		const controller = new PausableController();
		const {body} = await fetch('/text');
		const text = pausableStream(controller.signal, body!).pipeThrough(new TextDecoderStream());
		controller.pause();
		const reading = new Response(text.pipeThrough(new TextEncoderStream())).text();
		const paused = await stateOf(reading);
		controller.resume();
		return [paused, await reading];
	},

	async fetch() {
		const controller = new PausableController();
		const response = await pausableFetch('/file', {signal: controller.signal, holdMs: 0});
		const transfer = transferOf(response)!;
		const states = [transfer.state];
		transfer.addEventListener('statechange', () => states.push(transfer.state));
		const reader = response.body!.getReader();
		const parts = [(await reader.read()).value!];
		controller.pause();
		await macrotask();
		controller.resume();
		for (let read = await reader.read(); !read.done; read = await reader.read()) parts.push(read.value);
		const hash = await sha256(await new Blob(parts).arrayBuffer());
		return {status: response.status, states, hash, reconnects: transfer.reconnects};
	},
};

Object.assign(globalThis, {scenarios});
