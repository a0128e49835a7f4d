// What the tests of download() share: a folder of their own, and counts of what may be left.
import {existsSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setImmediate} from 'node:timers/promises';
import type {DownloadOptions, Transfer, TransferState} from 'pausable-signal/fetch';
import {leftOn} from 'pausable-signal/testing';
import {type HostileServer, sha256} from '../support/hostile-server.ts';

/** A folder that is gone at the end of the test, and the names of a download in it. */
export class Place implements AsyncDisposable {
	readonly folder: string;
	readonly file: string;
	readonly part: string;
	readonly sidecar: string;

	private constructor(folder: string) {
		this.folder = folder;
		this.file = path.join(folder, 'film.mkv');
		this.part = `${this.file}.part`;
		this.sidecar = `${this.file}.part.json`;
	}

	static async create(): Promise<Place> {
		return new Place(await mkdtemp(path.join(tmpdir(), 'download-')));
	}

	/** What is in it, without the common beginning of the names. */
	get names(): string[] {
		const suffix = (name: string): string => name.replace('film.mkv', '') || 'file';
		return readdirSync(this.folder).map(suffix).toSorted();
	}

	get state(): TransferState {
		return JSON.parse(readFileSync(this.sidecar, 'utf8')) as TransferState;
	}

	/** Files of it that this process has open. */
	get openFiles(): string[] {
		if (!existsSync('/proc/self/fd')) return [];
		const target = (fd: string): string => {
			try {
				return readlinkSync(`/proc/self/fd/${fd}`);
			} catch {
				return '';
			}
		};
		const files = readdirSync('/proc/self/fd').map(target);
		return files.filter((file) => file.startsWith(this.folder));
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await rm(this.folder, {recursive: true, force: true});
	}
}

export function hashOf(file: string): string {
	return sha256(readFileSync(file));
}

// Those of the code under test alone: Node's own are not set through the global object of a test.
const timers = new Set<unknown>();
const {setTimeout, clearTimeout} = globalThis;
globalThis.setTimeout = ((callback: () => void, ms: number) => {
	const timer = setTimeout(() => {
		timers.delete(timer);
		callback();
	}, ms);
	timers.add(timer);
	return timer;
}) as typeof globalThis.setTimeout;
globalThis.clearTimeout = (timer) => {
	timers.delete(timer);
	clearTimeout(timer);
};

/** What a download may have left: its signal, its timers, its connections and its files. */
export async function leftovers(place: Place, server: HostileServer, signal?: AbortSignal): Promise<object> {
	while (server.openAnswers > 0) await setImmediate();
	const followers = signal === undefined ? 0 : leftOn(signal).followers;
	return {followers, timers: timers.size, openFiles: place.openFiles};
}

export const nothing = {followers: 0, timers: 0, openFiles: []} as const;

/** An `onProgress` that acts once this many bytes were written. */
export function at(
	bytes: number,
	act: (transfer: Transfer) => void,
): Required<Pick<DownloadOptions, 'onProgress'>> {
	let isDone = false;
	const onProgress = (transfer: Transfer): void => {
		if (isDone || transfer.offset < bytes) return;
		isDone = true;
		act(transfer);
	};
	return {onProgress};
}
