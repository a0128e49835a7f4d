/**
 * A store in a folder: a folder of documents and one of members for each name.
 *
 * Invariants:
 *
 * 1. A writer writes a document whole to a file of its own, and then links it to the number after the
 *    highest one. `link()` fails if that number is taken, so only one writer follows a document. The
 *    number is not the version, which may jump: two writers for one number always meet.
 * 2. The highest number is the document. Each names in `after` the draft that it replaced: a writer
 *    that slept until its number was swept away finds that no document follows its own, and removes it.
 * 3. Sweeping removes the lowest numbers, and keeps the last ones.
 */
import {expectName, newId} from '../document.ts';
import type {ControlStore, StoreMember} from '../store.ts';
import {createDisk, type Disk, isMissing, isThere} from './disk.ts';
import {Hints, type Listener} from './hints.ts';

interface Draft {
	readonly draft: string;
	/** The draft that this one replaced; empty for the first. */
	readonly after: string;
	readonly version: number;
	readonly state: unknown;
}

interface Found extends Draft {
	readonly number: number;
}

interface Lease {
	readonly status: unknown;
	/** The machine's uptime at the report. */
	readonly at: number;
	readonly leaseMs: number;
}

const kept = 16;
const nothing: Found = {number: 0, draft: '', after: '', version: 0, state: undefined};

/**
 * A store in a folder of this machine, for processes that share it. Node, Deno and Bun.
 *
 * It makes the folder when needed. The folder must be on a local disk: network file systems do not
 * promise that `link()` decides between two writers. The machine's clock dates holds, and the time
 * since its start dates leases, so that a change of the clock does not matter to them.
 *
 * Throws a `TypeError` or `RangeError` if `folder` is not a path.
 *
 * @example
 * ```ts
 * import {mkdtemp, rm} from 'node:fs/promises';
 * import {tmpdir} from 'node:os';
 * import path from 'node:path';
 * import {fileStore, followRemote, RemoteController} from 'pausable-signal/remote';
 *
 * const folder = await mkdtemp(path.join(tmpdir(), 'fleet-'));
 * const follower = await followRemote(fileStore(folder), 'crawl'); // in one process
 * const crawl = new RemoteController(fileStore(folder), 'crawl'); // in another one
 * (await crawl.pause('maintenance')).quiet; // => true
 * follower.signal.pauseReason; // => 'maintenance'
 * await follower.close();
 * await rm(folder, {recursive: true});
 * ```
 */
export function fileStore(folder: string): ControlStore {
	const files = new Folder(expectName('folder', folder));
	const hints = new Hints((onHint, onLost) => files.listen(onHint, onLost));
	return {
		async read(name, since) {
			const {version, state} = await files.latest(name);
			return version === since ? undefined : {version, now: Date.now(), state};
		},
		write: (name, expected, next) => files.write(name, expected, next),
		async report(name, member) {
			await files.report(name, member);
			return (await files.latest(name)).version;
		},
		members: (name) => files.members(name),
		watch: (name, onHint) => hints.watch(name, onHint),
	};
}

class Folder {
	readonly #root: string;
	readonly #open: () => Promise<Disk> = createDisk();

	constructor(root: string) {
		this.#root = root;
	}

	#path(name: string, kind: 'documents' | 'members', file = ''): string {
		return `${this.#root}/${encode(name)}/${kind}/${file}`;
	}

	async #numbers(disk: Disk, name: string): Promise<readonly number[]> {
		const names = await list(disk, this.#path(name, 'documents'));
		return names
			.map((file) => (/^\d+\.json$/.test(file) ? Number.parseInt(file, 10) : 0))
			.filter((number) => number > 0)
			.toSorted((a, b) => a - b);
	}

	async latest(name: string): Promise<Found> {
		const disk = await this.#open();
		// If a number is swept away before it is opened, there are later ones.
		for (;;) {
			const number = (await this.#numbers(disk, name)).at(-1);
			if (number === undefined) return nothing;
			const found = await this.#read(disk, name, number);
			if (found !== undefined) return found;
		}
	}

	async #read(disk: Disk, name: string, number: number): Promise<Found | undefined> {
		const draft = await readJson<Draft>(disk, this.#path(name, 'documents', fileOf(number)));
		return draft === undefined ? undefined : {...draft, number};
	}

	async write(name: string, expected: number, next: {version: number; state: unknown}): Promise<boolean> {
		const disk = await this.#open();
		const found = await this.latest(name);
		if (found.version !== expected) return false;
		const draft = {draft: newId(), after: found.draft, version: next.version, state: next.state};
		const number = found.number + 1;
		if (!(await this.#link(disk, name, number, draft))) return false;
		const numbers = await this.#numbers(disk, name);
		if (!(await this.#isFollowed(disk, name, number, draft, numbers))) {
			await disk.rm(this.#path(name, 'documents', fileOf(number)), {force: true});
			return false;
		}
		await this.#sweep(disk, name, numbers);
		return true;
	}

	async #link(disk: Disk, name: string, number: number, draft: Draft): Promise<boolean> {
		const folder = this.#path(name, 'documents');
		const path = `${folder}${draft.draft}.draft`;
		await disk.mkdir(folder, {recursive: true});
		await writeWhole(disk, path, JSON.stringify(draft), true);
		try {
			await disk.link(path, `${folder}${fileOf(number)}`);
			return true;
		} catch (error) {
			if (isThere(error)) return false;
			throw error;
		} finally {
			await disk.rm(path, {force: true});
		}
	}

	/** Whether the linked draft became the document, and did not take the number of a swept one. */
	async #isFollowed(
		disk: Disk,
		name: string,
		number: number,
		draft: Draft,
		numbers: readonly number[],
	): Promise<boolean> {
		const later = numbers.find((other) => other > number);
		if (later === undefined) return true;
		if (later > number + 1) return false;
		const next = await this.#read(disk, name, later);
		return next?.after === draft.draft;
	}

	async #sweep(disk: Disk, name: string, numbers: readonly number[]): Promise<void> {
		const old = numbers.slice(0, -kept);
		for (const number of old) await disk.rm(this.#path(name, 'documents', fileOf(number)), {force: true});
	}

	async report(
		name: string,
		{id, status, leaseMs}: {id: string; status: unknown; leaseMs: number},
	): Promise<void> {
		const disk = await this.#open();
		const path = this.#path(name, 'members', `${encode(id)}.json`);
		if (leaseMs === 0) return disk.rm(path, {force: true});
		const lease: Lease = {status, at: disk.uptime(), leaseMs};
		await disk.mkdir(this.#path(name, 'members'), {recursive: true});
		const draft = `${path}.${newId()}.draft`;
		await writeWhole(disk, draft, JSON.stringify(lease), false);
		await disk.rename(draft, path);
	}

	async members(name: string): Promise<readonly StoreMember[]> {
		const disk = await this.#open();
		const folder = this.#path(name, 'members');
		const members: StoreMember[] = [];
		for (const file of await list(disk, folder)) {
			if (!file.endsWith('.json')) continue;
			const lease = await readJson<Lease>(disk, `${folder}${file}`);
			if (lease === undefined) continue;
			const age = disk.uptime() - lease.at;
			// A report from the future is from before the machine's last start.
			if (age >= 0 && age < lease.leaseMs)
				members.push({id: decodeURIComponent(file.slice(0, -5)), status: lease.status});
		}
		return members;
	}

	/** Watches the folders of all names that somebody listens for. */
	async listen(onHint: (name: string) => void, onLost: () => void): Promise<Listener> {
		const disk = await this.#open();
		const ends = new Map<string, () => void>();
		return {
			listen: async (name) => {
				const folder = this.#path(name, 'documents');
				await disk.mkdir(folder, {recursive: true});
				const watcher = disk.watch(folder);
				ends.get(name)?.();
				ends.set(name, () => watcher.close());
				watcher.on('change', () => {
					onHint(name);
					// After its removal a folder is no longer watched, and no error says so.
					disk.readdir(folder).catch(onLost);
				});
				watcher.on('error', onLost);
				watcher.unref();
			},
			unlisten: async (name) => {
				ends.get(name)?.();
				ends.delete(name);
			},
			close() {
				for (const end of ends.values()) end();
			},
		};
	}
}

const fileOf = (number: number): string => `${String(number).padStart(12, '0')}.json`;

// Makes a file name: no separator, no `..`, and no two names that differ only in case, which some disks ignore.
function encode(name: string): string {
	const bytes = new TextEncoder().encode(name);
	const isPlain = (byte: number): boolean => /[a-z0-9_-]/.test(String.fromCharCode(byte));
	const hex = (byte: number): string => `%${byte.toString(16).padStart(2, '0')}`;
	return Array.from(bytes, (byte) => (isPlain(byte) ? String.fromCharCode(byte) : hex(byte))).join('');
}

async function list(disk: Disk, folder: string): Promise<readonly string[]> {
	try {
		return await disk.readdir(folder);
	} catch (error) {
		if (isMissing(error)) return [];
		throw error;
	}
}

async function readJson<T>(disk: Disk, path: string): Promise<T | undefined> {
	try {
		return JSON.parse(await disk.readFile(path, 'utf8')) as T;
	} catch (error) {
		if (isMissing(error)) return undefined;
		throw error;
	}
}

async function writeWhole(disk: Disk, path: string, text: string, isSynced: boolean): Promise<void> {
	const handle = await disk.open(path, 'wx');
	try {
		await handle.writeFile(text);
		if (isSynced) await handle.sync();
	} finally {
		await handle.close();
	}
}
