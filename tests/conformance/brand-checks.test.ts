// What takes an AbortSignal takes ours, and does with it what it does with the platform's own: each API of Node that has
// a {signal} is run with both, and all that can be seen is compared. The list is that of the Node documentation
// (v20 to v26); how libraries tell a signal is read from node-fetch 2 (lib/index.js), axios 1 and p-limit's family.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {execFile, spawn} from 'node:child_process';
import {createSocket} from 'node:dgram';
import {addAbortListener, EventEmitter, getEventListeners, on, once} from 'node:events';
import {createReadStream, mkdtempSync, readFile as readFileWithCallback, rmSync} from 'node:fs';
import {readFile, watch, writeFile} from 'node:fs/promises';
import {createServer, request, type Server} from 'node:http';
import {type AddressInfo, createServer as createNetServer, Socket} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {createInterface as createInterfaceWithPromises} from 'node:readline/promises';
import {addAbortSignal, PassThrough, Readable} from 'node:stream';
import {finished, pipeline} from 'node:stream/promises';
import {
	scheduler,
	setImmediate as nextTurn,
	setInterval as ticks,
	setTimeout as sleep,
} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {aborted, promisify, transferableAbortSignal} from 'node:util';
import {MessageChannel} from 'node:worker_threads';
import {PausableController, PausableSignal} from 'pausable-signal';
import {listenersOn, nextEvent, thrownBy, typeError, watched} from './kit.ts';

// A Request that was collected loses its signal in Node, whosever signal it is (nodejs/undici#3644).
const requests = new Set<Request>();
function kept(request: Request): Request {
	requests.add(request);
	return request;
}

const self = fileURLToPath(import.meta.url);
let server: Server;
let url: string;
let folder: string;

beforeAll(async () => {
	folder = mkdtempSync(path.join(tmpdir(), 'brand-checks-'));
	server = createServer((incoming, response) => {
		if (incoming.url === '/quick') response.end('done');
		// Headers and a beginning, and no end.
		if (incoming.url === '/drip') response.write('…');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
	server.closeAllConnections();
	server.close();
	rmSync(folder, {recursive: true});
});

interface Api {
	/** Work that does not end before the abort. */
	readonly endless: (signal: AbortSignal) => Promise<unknown>;
	/** Work that ends by itself; none where there is no such thing. */
	readonly brief?: (signal: AbortSignal) => Promise<unknown>;
	/** Must be aborted in the same turn: it would end by itself. */
	readonly isQuick?: boolean;
	/** Waits for the event of an abort, and never asks whether there was one. */
	readonly isDeaf?: boolean;
}

async function consume(source: AsyncIterable<unknown>, limit = Infinity): Promise<number> {
	let count = 0;
	for await (const _ of source) if (++count >= limit) break;
	return count;
}

/** Settles with a stream's, server's or process's `error` or `close`. */
function ended(emitter: EventEmitter): Promise<unknown> {
	return new Promise((resolve, reject) => {
		emitter.once('error', reject);
		emitter.once('close', () => resolve('closed'));
	});
}

function endlessReadable(): Readable {
	return new Readable({read() {}});
}

function node(code: string, signal: AbortSignal): Promise<unknown> {
	return ended(spawn(process.execPath, ['-e', code], {signal, stdio: 'ignore'}));
}

function httpRequest(route: string, signal: AbortSignal): Promise<unknown> {
	return new Promise((resolve, reject) => {
		request(`${url}${route}`, {signal}, (response) => {
			ended(response.resume()).then(resolve, reject);
		})
			.on('error', reject)
			.end();
	});
}

function readFileByCallback(signal: AbortSignal): Promise<unknown> {
	return new Promise((resolve, reject) =>
		readFileWithCallback(self, {signal}, (error, data) => (error ? reject(error) : resolve(data))),
	);
}

const nothing = (): void => {};

const apis: Readonly<Record<string, Api>> = {
	fetch: {
		endless: (signal) => fetch(`${url}/never`, {signal}),
		brief: async (signal) => (await fetch(`${url}/quick`, {signal})).text(),
	},
	'fetch of a Request': {
		endless: (signal) => fetch(kept(new Request(`${url}/never`, {signal}))),
		brief: async (signal) => (await fetch(kept(new Request(`${url}/quick`, {signal})))).text(),
	},
	'the body of a fetch': {
		endless: async (signal) => (await fetch(`${url}/drip`, {signal})).text(),
	},
	'http.request': {
		endless: (signal) => httpRequest('/never', signal),
		brief: (signal) => httpRequest('/quick', signal),
	},
	'timers/promises setTimeout': {
		endless: (signal) => sleep(1e6, undefined, {signal}),
		brief: (signal) => sleep(1, 'value', {signal}),
	},
	'timers/promises setImmediate': {
		endless: (signal) => nextTurn(undefined, {signal}),
		brief: (signal) => nextTurn('value', {signal}),
		isQuick: true,
	},
	'timers/promises setInterval': {
		endless: (signal) => consume(ticks(1e6, undefined, {signal})),
		brief: (signal) => consume(ticks(1, undefined, {signal}), 2),
	},
	'scheduler.wait': {
		endless: (signal) => scheduler.wait(1e6, {signal}),
		brief: (signal) => scheduler.wait(1, {signal}),
	},
	'events.once, of an EventEmitter': {
		endless: (signal) => once(new EventEmitter(), 'news', {signal}),
		brief(signal) {
			const emitter = new EventEmitter();
			const heard = once(emitter, 'news', {signal});
			emitter.emit('news', 1);
			return heard;
		},
	},
	'events.once, of an EventTarget': {
		endless: (signal) => once(new EventTarget(), 'news', {signal}),
		async brief(signal) {
			const target = new EventTarget();
			const heard = once(target, 'news', {signal});
			target.dispatchEvent(new Event('news'));
			return (await heard).length;
		},
	},
	'events.on': {
		endless: (signal) => consume(on(new EventEmitter(), 'news', {signal})),
		brief(signal) {
			const emitter = new EventEmitter();
			const heard = consume(on(emitter, 'news', {signal}), 1);
			emitter.emit('news', 1);
			return heard;
		},
	},
	'events.addAbortListener': {
		endless: (signal) => new Promise((resolve) => addAbortListener(signal, () => resolve('heard'))),
		brief: async (signal) => addAbortListener(signal, nothing)[Symbol.dispose](),
	},
	'util.aborted': {
		endless: (signal) => aborted(signal, folderResource),
	},
	'stream.addAbortSignal': {
		endless: (signal) => consume(addAbortSignal(signal, endlessReadable())),
		brief: (signal) => consume(addAbortSignal(signal, Readable.from(['a', 'b']))),
	},
	'addAbortSignal of a ReadableStream': {
		endless: (signal) => consume(addAbortSignal(signal, new ReadableStream() as never)),
	},
	'new Readable({signal})': {
		endless: (signal) => consume(new Readable({read() {}, signal})),
		brief: (signal) =>
			consume(
				new Readable({
					read() {
						this.push(null);
					},
					signal,
				}),
			),
	},
	pipeline: {
		endless: (signal) => pipeline(endlessReadable(), new PassThrough().resume(), {signal}),
		brief: (signal) => pipeline(Readable.from(['a']), new PassThrough().resume(), {signal}),
	},
	'stream/promises finished': {
		endless: (signal) => finished(endlessReadable(), {signal}),
		brief: (signal) => finished(Readable.from(['a']).resume(), {signal}),
	},
	'Readable.toArray': {
		endless: (signal) => Readable.from(ticks(1)).toArray({signal}),
		brief: (signal) => Readable.from(['a', 'b']).toArray({signal}),
	},
	'Readable.map': {
		endless: (signal) =>
			Readable.from(['a'])
				.map((_text, options) => sleep(1e6, undefined, options), {signal})
				.toArray(),
		brief: (signal) =>
			Readable.from(['a'])
				.map((text: string) => text.length, {signal})
				.toArray(),
	},
	'ReadableStream.pipeTo': {
		endless: (signal) => new ReadableStream().pipeTo(new WritableStream(), {signal}),
		brief: (signal) => (new Response('text').body as ReadableStream).pipeTo(new WritableStream(), {signal}),
	},
	'fs/promises readFile': {
		endless: (signal) => readFile(self, {signal}),
		brief: (signal) => readFile(self, {signal}),
		isQuick: true,
	},
	'fs.readFile': {
		endless: (signal) => readFileByCallback(signal),
		brief: (signal) => readFileByCallback(signal),
		isQuick: true,
	},
	'fs/promises writeFile': {
		endless: (signal) => writeFile(path.join(folder, 'written'), 'text', {signal}),
		brief: (signal) => writeFile(path.join(folder, 'written'), 'text', {signal}),
		isQuick: true,
	},
	'fs/promises watch': {
		endless: (signal) => consume(watch(folder, {signal})),
	},
	'fs.createReadStream': {
		endless: (signal) => consume(createReadStream(self, {signal})),
		brief: (signal) => consume(createReadStream(self, {signal})),
		isQuick: true,
	},
	'child_process.spawn': {
		endless: (signal) => node('setInterval(() => {}, 1e6)', signal),
		brief: (signal) => node('', signal),
	},
	'child_process.execFile': {
		endless: (signal) =>
			promisify(execFile)(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], {signal}),
		brief: (signal) => promisify(execFile)(process.execPath, ['-e', ''], {signal}),
	},
	'readline/promises question': {
		endless: (signal) => createInterfaceWithPromises(new PassThrough()).question('?', {signal}),
		brief(signal) {
			const input = new PassThrough();
			const answer = createInterfaceWithPromises(input).question('?', {signal});
			input.end('answer\n');
			return answer;
		},
	},
	'readline.createInterface': {
		endless: (signal) => ended(createInterface({input: new PassThrough(), signal})),
		brief(signal) {
			const input = new PassThrough();
			const closed = ended(createInterface({input, signal}));
			input.end();
			return closed;
		},
	},
	'net.Server.listen': {
		endless: (signal) => ended(createNetServer().listen({port: 0, host: '127.0.0.1', signal})),
	},
	'net.Socket': {
		endless: (signal) => ended(new Socket({signal})),
	},
	'dgram.createSocket': {
		endless: (signal) => ended(createSocket({type: 'udp4', signal})),
		brief(signal) {
			const socket = createSocket({type: 'udp4', signal});
			const closed = ended(socket);
			socket.close();
			return closed;
		},
	},
	'AbortSignal.any': {
		endless: async (signal) => (await nextEvent(AbortSignal.any([signal]), 'abort')).type,
		isDeaf: true,
	},
	'new Request': {
		endless: async (signal) => (await nextEvent(new Request(url, {signal}).signal, 'abort')).type,
		isDeaf: true,
	},
	'addEventListener({signal})': {
		endless(signal) {
			const target = new EventTarget();
			target.addEventListener('news', nothing, {signal});
			return new Promise((resolve) =>
				addAbortListener(signal, () => resolve(getEventListeners(target, 'news').length)),
			);
		},
	},
};

const folderResource = {};

interface Seen {
	readonly state: string;
	readonly value: unknown;
	readonly name: unknown;
	readonly code: unknown;
	readonly isReason: boolean;
	readonly isCause: boolean;
	readonly listening: number;
	readonly left: number;
}

/** Does what the work needs to begin, and what an abort or an end needs to come through. */
async function settle(isOver: () => boolean): Promise<void> {
	for (let turn = 0; turn < 2000 && !isOver(); turn++) await sleep(1);
}

/** Runs an API on a signal, and tells all that can be seen. */
async function observe(
	controller: AbortController,
	run: (signal: AbortSignal) => Promise<unknown>,
	act: (controller: AbortController) => Promise<void> | void,
): Promise<Seen> {
	const {signal} = controller;
	let seen: ReturnType<typeof watched<unknown>>;
	try {
		seen = watched(run(signal));
	} catch (error) {
		seen = {state: 'rejected', reason: error};
	}
	let listening = listenersOn(signal);
	await act(controller);
	listening = Math.max(listening, listenersOn(signal));
	await settle(() => seen.state !== 'pending');
	const error = seen.reason as {name?: unknown; code?: unknown; cause?: unknown} | undefined;
	const value = typeof seen.value === 'object' ? JSON.stringify(seen.value) : seen.value;
	return {
		state: seen.state,
		value,
		name: error?.name,
		code: error?.code,
		isReason: error !== undefined && error === signal.reason,
		isCause: error !== undefined && signal.reason !== undefined && error.cause === signal.reason,
		listening,
		left: listenersOn(signal),
	};
}

/** Lets work come so far that it waits for the abort. */
async function begin(): Promise<void> {
	await sleep(20);
}

describe.each(Object.entries(apis))('%s', (_name, {endless, isQuick = false}) => {
	test.each([
		['without a reason', undefined],
		['with a reason', new Error('enough')],
	])('is aborted %s', async (_kind, reason) => {
		const act = async (controller: AbortController): Promise<void> => {
			if (!isQuick) await begin();
			controller.abort(reason);
		};
		const native = await observe(new AbortController(), endless, act);
		expect(native.state).not.toBe('pending');
		expect(await observe(new PausableController(), endless, act)).toEqual(native);
	});

	test('is aborted while the signal is paused', async () => {
		const act = async (controller: AbortController): Promise<void> => {
			if (!isQuick) await begin();
			controller.abort();
		};
		const native = await observe(new AbortController(), endless, act);
		const controller = new PausableController();
		controller.pause();
		expect(await observe(controller, endless, act)).toEqual(native);
	});

	test('is aborted by a parent', async () => {
		const parent = new PausableController();
		const native = await observe(new AbortController(), endless, async (controller) => {
			if (!isQuick) await begin();
			controller.abort('enough');
		});
		const ours = await observe(new PausableController({signal: parent.signal}), endless, async () => {
			if (!isQuick) await begin();
			parent.abort('enough');
		});
		expect(ours).toEqual(native);
	});

	test('is aborted by a composite', async () => {
		const run =
			(any: (signals: AbortSignal[]) => AbortSignal) =>
			async (signal: AbortSignal): Promise<unknown> =>
				endless(any([signal]));
		const act = async (controller: AbortController): Promise<void> => {
			if (!isQuick) await begin();
			controller.abort('enough');
		};
		const native = await observe(new AbortController(), run(AbortSignal.any.bind(AbortSignal)), act);
		const ours = await observe(new PausableController(), run(PausableSignal.any), act);
		expect(ours).toEqual(native);
	});
});

test.each(Object.keys(apis).filter((name) => apis[name]?.isDeaf !== true))(
	'%s ends at once when the signal is aborted already',
	async (name) => {
		const {endless} = apis[name] as Api;
		const start = async (controller: AbortController): Promise<Seen> => {
			controller.abort('enough');
			return observe(controller, endless, () => {});
		};
		const native = await start(new AbortController());
		expect(native.state).not.toBe('pending');
		expect(await start(new PausableController())).toEqual(native);
	},
);

test.each(Object.keys(apis).filter((name) => apis[name]?.brief !== undefined))(
	'%s ends by itself, paused or not, and leaves the same',
	async (name) => {
		const run = (apis[name] as Api).brief as Api['endless'];
		const native = await observe(new AbortController(), run, () => {});
		expect(native.state).toBe('resolved');
		expect(await observe(new PausableController(), run, () => {})).toEqual(native);
		const paused = new PausableController();
		paused.pause();
		expect(await observe(paused, run, () => {})).toEqual(native);
		expect(paused.signal.paused).toBe(true);
	},
);

describe('how libraries tell a signal', () => {
	const {signal} = new PausableController();
	const native = new AbortController().signal;

	/** node-fetch 2, and cross-fetch with it. */
	function hasPrototypeWithThatName(value: unknown): boolean {
		const prototype: unknown = typeof value === 'object' && value !== null && Object.getPrototypeOf(value);
		return Boolean(prototype) && (prototype as object).constructor.name === 'AbortSignal';
	}

	const checks: readonly (readonly [string, (value: AbortSignal) => unknown])[] = [
		['the name of its prototype’s constructor', hasPrototypeWithThatName],
		['the name of its constructor', (value) => value.constructor.name],
		['its constructor', (value) => value.constructor === AbortSignal],
		['instanceof', (value) => value instanceof AbortSignal && value instanceof EventTarget],
		['its tag', (value) => Object.prototype.toString.call(value)],
		['isPrototypeOf', (value) => Object.prototype.isPrototypeOf.call(AbortSignal.prototype, value)],
		['aborted in it', (value) => 'aborted' in value && typeof value.aborted === 'boolean'],
		['its methods', (value) => [typeof value.addEventListener, typeof value.throwIfAborted]],
		['its own properties', (value) => Reflect.ownKeys(value).length],
		['its enumerable properties', (value) => Object.keys(value)],
		['a copy of its own properties', (value) => JSON.stringify(Object.assign({}, value))],
		['JSON', (value) => JSON.stringify(value)],
		['that it cannot be constructed', (value) => thrownBy(() => Reflect.construct(value.constructor, []))],
	];

	test.each(checks)('%s', (_name, check) => {
		expect(check(signal)).toEqual(check(native));
	});

	test('a controller is told as one', () => {
		const controller = new PausableController();
		expect(controller).toBeInstanceOf(AbortController);
		expect(Object.prototype.toString.call(controller)).toBe('[object AbortController]');
	});

	test('the names that are enumerable on it, inherited ones included', () => {
		const names = (value: AbortSignal): string[] => {
			const found: string[] = [];
			for (const name in value) found.push(name);
			return found;
		};
		expect(names(signal)).toEqual(expect.arrayContaining(names(native)));
	});

	test('both are neither plain objects nor functions', () => {
		expect([typeof signal, Array.isArray(signal), typeof new PausableController()]).toEqual([
			'object',
			false,
			'object',
		]);
	});
});

describe('what the platform reads behind our back', () => {
	const getter = (name: string): ((this: AbortSignal) => unknown) =>
		Object.getOwnPropertyDescriptor(AbortSignal.prototype, name)?.get as (this: AbortSignal) => unknown;

	test.each([undefined, null, 'enough', new Error('enough')])('the native state is ours: %s', (reason) => {
		const controller = new PausableController();
		const child = new PausableController({signal: controller.signal});
		const composite = PausableSignal.any([child.signal]);
		const signals = [controller.signal, child.signal, composite];
		expect(signals.map((signal) => getter('aborted').call(signal))).toEqual([false, false, false]);
		controller.abort(reason);
		for (const signal of signals) {
			expect(getter('aborted').call(signal)).toBe(true);
			expect(getter('reason').call(signal)).toBe(signal.reason);
		}
		expect(getter('reason').call(controller.signal)).toBe(controller.signal.reason);
	});

	test('the statics’ native state is ours', async () => {
		expect(getter('reason').call(PausableSignal.abort('enough'))).toBe('enough');
		const limit = PausableSignal.timeout(1);
		await nextEvent(limit, 'abort');
		expect(getter('reason').call(limit)).toBe(limit.reason);
		expect(getter('aborted').call(PausableSignal.none)).toBe(false);
	});

	test('a Request has a signal of its own that follows, pauses aside', () => {
		const controller = new PausableController();
		const {signal} = new Request(url, {signal: controller.signal});
		controller.pause();
		expect(signal.aborted).toBe(false);
		controller.abort('enough');
		expect([signal.aborted, signal.reason]).toEqual([true, 'enough']);
	});

	test.each([
		['the controller', (controller: PausableController): unknown => controller],
		['an object with its prototype', () => Object.create(PausableSignal.prototype) as unknown],
		['a copy', ({signal}: PausableController): unknown => Object.assign({}, signal)],
	])('%s is no signal to it', (_name, make) => {
		const fake = make(new PausableController()) as AbortSignal;
		expect(thrownBy(() => new Request(url, {signal: fake}))).toMatchObject(typeError);
		expect(thrownBy(() => PausableSignal.any([fake]))).toMatchObject(typeError);
	});

	test('util.transferableAbortSignal: it crosses to another thread as a plain signal, and aborts there', async () => {
		const cross = async (controller: AbortController): Promise<unknown[]> => {
			const {port1, port2} = new MessageChannel();
			try {
				const received = once(port2, 'message');
				const sent = transferableAbortSignal(controller.signal);
				port1.postMessage(sent, [sent as never]);
				const [signal] = (await received) as [AbortSignal];
				const heard = nextEvent(signal, 'abort');
				const before = signal.aborted;
				controller.abort('enough');
				await heard;
				return [before, signal.aborted, signal.reason];
			} finally {
				port1.close();
			}
		};
		const native = await cross(new AbortController());
		expect(native.slice(0, 2)).toEqual([false, true]);
		expect(await cross(new PausableController())).toEqual(native);
	});
});
