// D8: download() reads ahead while it writes, and tells of written bytes only.
import {describe, expect, test} from '@jest/globals';
import {PausableController, Task} from 'pausable-signal';
import type {Transfer} from 'pausable-signal/fetch';
import {runDownload} from '../../src/fetch/download-node.ts';
import {type DownloadOptions, expectJob} from '../../src/fetch/download-options.ts';
import type {Handle} from '../../src/fetch/part-disk.ts';
import {macrotask, type Watched, watched} from '../core/support.ts';
import {bytesOf} from '../support/hostile-server.ts';
import {FragileDisk} from './download-disk.ts';
import {expectNothingOn} from './kit.ts';

const KiB = 1024;
const pieceSize = 256 * KiB;
/** What download() reads ahead. */
const ahead = 2 * KiB * KiB;
const size = 6 * KiB * KiB;
const content = bytesOf(1, size);

/** A disk whose writes to the part end when the test says so. */
class SlowDisk extends FragileDisk {
	/** Ends the write that is under way, perhaps with an error. */
	endWrite: ((error?: unknown) => void) | undefined;
	/** Bytes of the part that are written. */
	written = 0;
	writes = 0;

	override async open(path: string, flags: string): Promise<Handle> {
		const handle = await super.open(path, flags);
		if (path !== '/file.part') return handle;
		const writev: Handle['writev'] = async (...args) => {
			this.writes++;
			await new Promise<void>((resolve, reject) => {
				this.endWrite = (error) => (error === undefined ? resolve() : reject(error));
			});
			this.endWrite = undefined;
			const result = await handle.writev(...args);
			this.written += result.bytesWritten;
			return result;
		};
		return {...handle, writev};
	}
}

/** A download onto a slow disk. */
class Scene {
	readonly controller: PausableController = new PausableController();
	readonly disk: SlowDisk = new SlowDisk();
	/** Bytes that were read from the connection. */
	read = 0;
	isClosed = false;
	transfer: Transfer | undefined;
	/** The offset at each call of onProgress, and the bytes written by then. */
	readonly told: [offset: number, written: number][] = [];
	call!: Watched<unknown>;

	run(signal: AbortSignal = this.controller.signal): Promise<unknown> {
		const onProgress = (transfer: Transfer): void => {
			this.transfer = transfer;
			this.told.push([transfer.offset, this.disk.written]);
		};
		const options: DownloadOptions = {signal, onProgress, fetch: this.#fetch};
		return runDownload(expectJob('http://localhost/file', '/file', options), this.disk);
	}

	start(): void {
		this.call = watched(this.run());
	}

	readonly #fetch: typeof fetch = async () => {
		const headers = {etag: '"one"', 'accept-ranges': 'bytes', 'content-length': String(size)};
		const body = new ReadableStream<Uint8Array>(
			{
				pull: (stream) => {
					stream.enqueue(new Uint8Array(content.subarray(this.read, (this.read += pieceSize))));
					if (this.read === size) stream.close();
				},
				cancel: () => void (this.isClosed = true),
			},
			{highWaterMark: 0},
		);
		return new Response(body, {headers});
	};

	/** Until nothing moves but the disk. */
	async rest(): Promise<void> {
		for (let turn = 0; turn < 20; turn++) await macrotask();
	}

	async finish(): Promise<void> {
		while (this.call.state === 'pending') {
			this.disk.endWrite?.();
			await macrotask();
		}
	}
}

describe('D8: while a piece is being written', () => {
	test('the next chunks are read, and at most 2 MiB of them', async () => {
		const scene = new Scene();
		scene.start();
		await scene.rest();
		expect([scene.disk.writes, scene.read]).toEqual([1, pieceSize + ahead]);
		scene.disk.endWrite?.();
		await scene.rest();
		// What was read meanwhile is written as one piece.
		expect([scene.disk.writes, scene.read]).toEqual([2, pieceSize + 2 * ahead]);
		await scene.finish();
		expect(scene.disk.read('/file')!.equals(content)).toBe(true);
		expectNothingOn(scene.controller.signal);
	});

	test('the offset and onProgress always count the written bytes', async () => {
		const scene = new Scene();
		scene.start();
		await scene.rest();
		expect(scene.told).toEqual([[0, 0]]);
		await scene.finish();
		expect(scene.told.length).toBeGreaterThan(3);
		for (const [offset, written] of scene.told) expect(offset).toBe(written);
		expect(scene.told.at(-1)).toEqual([size, size]);
	});

	test('a pause stops the reading, and nothing is written before it is resumed', async () => {
		const scene = new Scene();
		scene.start();
		await scene.rest();
		scene.disk.endWrite?.();
		scene.controller.pause();
		await scene.rest();
		const {read} = scene;
		expect([scene.disk.writes, scene.told.length, scene.transfer?.state]).toEqual([1, 2, 'held']);
		await scene.rest();
		expect(scene.read).toBe(read);
		scene.controller.resume();
		await scene.finish();
		expect(scene.disk.read('/file')!.equals(content)).toBe(true);
	});

	test('a pause does not park a task before that piece is written', async () => {
		const scene = new Scene();
		const task = Task.start(({signal}) => scene.run(signal));
		scene.call = watched(task.result);
		await scene.rest();
		const parked = watched(task.pause());
		await scene.rest();
		expect([parked.state, task.state]).toEqual(['pending', 'pausing']);
		scene.disk.endWrite?.();
		await scene.rest();
		expect([parked.value, task.state]).toEqual([true, 'paused']);
		task.resume();
		await scene.finish();
	});

	test('an abort drops the bytes read ahead, and rejects once the write has ended', async () => {
		const scene = new Scene();
		scene.start();
		await scene.rest();
		scene.controller.abort('enough');
		await scene.rest();
		expect([scene.isClosed, scene.call.state]).toEqual([true, 'pending']);
		scene.disk.endWrite?.();
		await scene.rest();
		expect([scene.call.reason, scene.disk.writes]).toEqual(['enough', 1]);
		expect(scene.disk.read('/file.part')!.equals(content.subarray(0, pieceSize))).toBe(true);
		expectNothingOn(scene.controller.signal);
	});

	test('a write that fails closes the connection and gives its error', async () => {
		const scene = new Scene();
		scene.start();
		await scene.rest();
		const error = Object.assign(new Error('no space left'), {code: 'ENOSPC'});
		scene.disk.endWrite?.(error);
		await scene.rest();
		expect([scene.call.reason, scene.isClosed, scene.disk.writes]).toEqual([error, true, 1]);
		expect(scene.told).toEqual([[0, 0]]);
		expectNothingOn(scene.controller.signal);
	});
});
