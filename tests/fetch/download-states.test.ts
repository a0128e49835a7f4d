// download(): abort and pause in each state of its transfer, and between its steps on the disk.
import {describe, expect, test} from '@jest/globals';
import {readFileSync, writeFileSync} from 'node:fs';
import {PausableController, Task} from 'pausable-signal';
import {download, type DownloadOptions, type DownloadResult, type Transfer} from 'pausable-signal/fetch';
import {macrotask, reasons, type Watched, watched} from '../core/support.ts';
import {type Behaviour, HostileServer, sha256} from '../support/hostile-server.ts';
import {hashOf, leftovers, nothing, Place} from './download-kit.ts';

const size = 400_000;
const half = size / 2;

async function until(holds: () => boolean): Promise<void> {
	while (!holds()) await macrotask();
}

/** A download under way, and everything around it. */
class Scene implements AsyncDisposable {
	readonly server: HostileServer;
	readonly place: Place;
	readonly controller: PausableController = new PausableController();
	readonly options: DownloadOptions;
	transfer: Transfer | undefined;
	call!: Watched<DownloadResult>;
	/** Files that were open at the moment when it settled. */
	openFiles: string[] | undefined;
	/** Ends each wait of the server. */
	go: () => void = () => {};
	readonly gone: Promise<void> = new Promise((resolve) => (this.go = resolve));

	private constructor(server: HostileServer, place: Place, options: DownloadOptions) {
		this.server = server;
		this.place = place;
		this.options = options;
	}

	static async create(options: DownloadOptions = {}): Promise<Scene> {
		const scene = new Scene(await HostileServer.start({size}), await Place.create(), options);
		writeFileSync(scene.place.file, 'old');
		return scene;
	}

	start(options: DownloadOptions = {}, ...behaviours: Behaviour[]): void {
		this.server.next(...behaviours);
		const {signal} = this.controller;
		const onProgress = (transfer: Transfer): void => void (this.transfer = transfer);
		const call = download(this.server.url, this.place.file, {
			signal,
			onProgress,
			...this.options,
			...options,
		});
		this.call = watched(call);
		const look = (): void => void (this.openFiles = this.place.openFiles);
		call.then(look, look);
	}

	/** What an earlier call left: the first half. */
	async leaveHalf(): Promise<void> {
		const controller = new AbortController();
		const onProgress = ({offset}: Transfer): void => {
			if (offset === half) controller.abort();
		};
		this.server.next({silentAfter: half});
		const call = download(this.server.url, this.place.file, {signal: controller.signal, onProgress});
		await call.catch(() => {});
	}

	get requests(): number {
		return this.server.requests.length;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.controller.abort();
		await until(() => this.openFiles !== undefined);
		this.go();
		await this.server[Symbol.asyncDispose]();
		await this.place[Symbol.asyncDispose]();
	}
}

/** Brings a scene into a state; what the part then has. */
type Reach = (scene: Scene) => Promise<number>;

const states: Readonly<Record<string, Reach>> = {
	async 'paused before the request'(scene) {
		scene.controller.pause();
		scene.start();
		await macrotask();
		return 0;
	},
	async 'waiting for the answer'(scene) {
		scene.start({}, {wait: scene.gone});
		await until(() => scene.requests === 1);
		return 0;
	},
	async 'answered during a pause'(scene) {
		let answer = (): void => {};
		scene.start({}, {wait: new Promise<void>((resolve) => (answer = resolve))});
		await until(() => scene.requests === 1);
		scene.controller.pause();
		answer();
		await until(() => scene.server.openAnswers === 0);
		return 0;
	},
	async 'running, before the first byte'(scene) {
		scene.start({}, {silentAfter: 0, until: scene.gone});
		await until(() => scene.transfer?.state === 'running');
		return 0;
	},
	async running(scene) {
		scene.start({}, {silentAfter: half, until: scene.gone});
		await until(() => scene.transfer?.offset === half);
		return half;
	},
	async held(scene) {
		await states['running']!(scene);
		scene.controller.pause();
		expect(scene.transfer?.state).toBe('held');
		return half;
	},
	async dropped(scene) {
		scene.start({holdMs: 0}, {silentAfter: half, until: scene.gone});
		await until(() => scene.transfer?.offset === half);
		scene.controller.pause();
		await until(() => scene.server.openAnswers === 0);
		expect(scene.transfer?.state).toBe('dropped');
		return half;
	},
	async 'reconnecting, waiting for the answer'(scene) {
		scene.start({}, {dropAfter: half}, {wait: scene.gone});
		await until(() => scene.requests === 2);
		expect(scene.transfer?.state).toBe('reconnecting');
		// When the connection broke, some arrived bytes may be unread, and some read bytes unwritten.
		const {range} = scene.server.requests[1]!.headers;
		const asked = Number(/^bytes=(\d+)-$/.exec(range ?? 'bytes=0-')![1]);
		await until(() => scene.transfer!.offset === asked);
		return asked;
	},
	async 'going on from an earlier part, waiting for the answer'(scene) {
		await scene.leaveHalf();
		scene.start({}, {wait: scene.gone});
		await until(() => scene.requests === 2);
		return half;
	},
	async 'beginning again, waiting for the answer'(scene) {
		await scene.leaveHalf();
		scene.server.change();
		scene.start({}, {}, {wait: scene.gone});
		await until(() => scene.requests === 3);
		return 0;
	},
	async 'waiting for the end'(scene) {
		scene.start({}, {chunked: true, silentAfter: size, until: scene.gone});
		await until(() => scene.transfer?.offset === size);
		return size;
	},
	async 'paused at the last byte'(scene) {
		const onProgress = ({offset}: Transfer): void => {
			if (offset === size) scene.controller.pause();
		};
		scene.start({onProgress});
		await until(() => scene.controller.signal.paused);
		return size;
	},
	async 'paused with a part that is whole'(scene) {
		await scene.leaveHalf();
		writeFileSync(scene.place.part, scene.server.file.content);
		writeFileSync(scene.place.sidecar, JSON.stringify({...scene.place.state, offset: size}));
		scene.controller.pause();
		scene.start();
		await macrotask();
		return size;
	},
};

const betweenAttempts: Reach = async (scene) => {
	scene.start({retry: {baseMs: 1_000_000}}, {dropAfter: half}, {hangUp: true});
	await until(() => scene.requests === 2 && scene.server.openSockets === 0);
	// The disk may still be writing what came before the connection was lost.
	await until(() => scene.transfer?.offset === half);
	return half;
};

describe.each([true, false])('an abort, with keepPartial %s', (keepPartial) => {
	test.each(Object.entries({...states, 'between two attempts': betweenAttempts}))(
		'%s',
		async (_name, reach) => {
			await using scene = await Scene.create({keepPartial});
			const {controller, place, server} = scene;
			const offset = await reach(scene);
			expect(scene.call.state).toBe('pending');
			const reason = {any: 'thing'};
			controller.abort(reason);
			await until(() => scene.call.state !== 'pending');
			expect([scene.call.state, scene.call.reason === reason]).toEqual(['rejected', true]);
			expect(scene.openFiles).toEqual([]);
			expect(await leftovers(place, server, controller.signal)).toEqual(nothing);
			const isKept = keepPartial && offset > 0;
			expect(place.names).toEqual(isKept ? ['.part', '.part.json', 'file'] : ['file']);
			expect(readFileSync(place.file, 'utf8')).toBe('old');
			expect(await download(server.url, place.file)).toMatchObject({size, resumedFrom: isKept ? offset : 0});
			expect(hashOf(place.file)).toBe(sha256(server.file.content));
		},
	);
});

describe('a pause and a resume', () => {
	test.each(Object.entries(states))('%s', async (_name, reach) => {
		await using scene = await Scene.create();
		const {controller, place, server} = scene;
		await reach(scene);
		controller.pause();
		scene.go();
		const {requests} = scene;
		for (let turn = 0; turn < 20; turn++) await macrotask();
		expect([scene.call.state, scene.requests, readFileSync(place.file, 'utf8')]).toEqual([
			'pending',
			requests,
			'old',
		]);
		controller.resume();
		await until(() => scene.call.state !== 'pending');
		expect(scene.call.reason).toBeUndefined();
		expect(hashOf(place.file)).toBe(sha256(server.file.content));
		expect([place.names, scene.openFiles]).toEqual([['file'], []]);
		expect(await leftovers(place, server, controller.signal)).toEqual(nothing);
	});

	test('over and over, with the connection given back each time', async () => {
		await using scene = await Scene.create({holdMs: 0});
		const {controller, place, server} = scene;
		// Several times as much as is read ahead.
		server.change({size: 8_000_000});
		const onProgress = ({offset, total}: Transfer): void => {
			if (offset === 0 || offset === total) return;
			controller.pause();
			void macrotask().then(() => controller.resume());
		};
		scene.start({onProgress});
		await until(() => scene.call.state !== 'pending');
		// A request that a pause ends before its answer has opened nothing.
		expect(scene.call.value?.reconnects).toBeLessThan(server.requests.length);
		expect(scene.call.value?.reconnects).toBeGreaterThan(1);
		expect(hashOf(place.file)).toBe(sha256(server.file.content));
		expect(await leftovers(place, server, controller.signal)).toEqual(nothing);
	});
});

describe('an abort', () => {
	test.each(reasons)('with %s rejects with exactly that', async (_name, reason) => {
		await using scene = await Scene.create();
		await states['running']!(scene);
		scene.controller.abort(reason);
		await until(() => scene.call.state !== 'pending');
		expect(scene.call.reason).toBe(scene.controller.signal.reason);
	});

	test.each([true, false])('before the call, with keepPartial %s: sends no request', async (keepPartial) => {
		await using scene = await Scene.create({keepPartial});
		await scene.leaveHalf();
		scene.controller.abort('early');
		scene.start();
		await until(() => scene.call.state !== 'pending');
		expect([scene.call.reason, scene.requests]).toEqual(['early', 1]);
		expect(scene.place.names).toEqual(keepPartial ? ['.part', '.part.json', 'file'] : ['file']);
	});

	test('during a write waits until the file is closed', async () => {
		await using scene = await Scene.create();
		const {controller, place} = scene;
		// The promise jobs that come next start the next write.
		const onProgress = ({offset}: Transfer): void => {
			if (offset > 0) setImmediate(() => controller.abort('while writing'));
		};
		scene.start({onProgress});
		await until(() => scene.call.state !== 'pending');
		expect([scene.call.reason, scene.openFiles]).toEqual(['while writing', []]);
		expect(place.names).toEqual(['.part', '.part.json', 'file']);
	});

	test('of a download that cannot be resumed leaves nothing', async () => {
		await using scene = await Scene.create();
		scene.start({}, {silentAfter: half, headers: {etag: 'W/"weak"', 'last-modified': undefined}});
		await until(() => scene.transfer?.offset === half);
		scene.controller.abort('enough');
		await until(() => scene.call.state !== 'pending');
		expect([scene.call.reason, scene.place.names]).toEqual(['enough', ['file']]);
	});
});

test('a pause parks a download in a task, and stop() waits until its file is closed', async () => {
	await using server = await HostileServer.start({size});
	await using place = await Place.create();
	let transfer: Transfer | undefined;
	const onProgress = (now: Transfer): void => void (transfer = now);
	server.next({silentAfter: half});
	const task = Task.start(({signal}) => download(server.url, place.file, {signal, onProgress}));
	task.result.catch(() => {});
	await until(() => transfer?.offset === half);
	expect(await task.pause()).toBe(true);
	expect([task.state, transfer?.state]).toEqual(['paused', 'held']);
	await task.stop();
	expect([task.state, place.openFiles, place.names]).toEqual(['stopped', [], ['.part', '.part.json']]);
});

describe('a failure', () => {
	test.each([true, false])('with keepPartial %s', async (keepPartial) => {
		await using scene = await Scene.create({keepPartial, retry: {maxAttempts: 0}});
		scene.start({}, {dropAfter: half});
		await until(() => scene.call.state !== 'pending');
		expect(scene.call.reason).toMatchObject({code: 'ERR_CONNECTION_LOST', total: size});
		expect(scene.place.names).toEqual(keepPartial ? ['.part', '.part.json', 'file'] : ['file']);
		expect(await leftovers(scene.place, scene.server, scene.controller.signal)).toEqual(nothing);
	});

	test('of the network, before any answer, leaves the bytes of an earlier call', async () => {
		await using scene = await Scene.create({retry: {maxAttempts: 1}});
		await scene.leaveHalf();
		scene.start({}, {hangUp: true});
		await until(() => scene.call.state !== 'pending');
		expect(scene.call.reason).toMatchObject({code: 'ERR_CONNECTION_LOST'});
		expect(scene.place.names).toEqual(['.part', '.part.json', 'file']);
	});
});
