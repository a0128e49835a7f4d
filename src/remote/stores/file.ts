/**
 * A store in a folder: a folder of documents and one of members for each name.
 *
 * Invariants:
 *
 * 1. A document is written whole to a file of its own, and then linked to the number after the highest
 *    there is. `link()` fails where that number is taken, so one writer alone follows a document. The
 *    number is not the version, which may jump: two writers for one number always meet.
 * 2. The highest number is the document. Each says in `after` which draft it replaced: a writer that
 *    slept until its number was swept away finds that nothing follows from its own, and takes it back.
 * 3. Numbers are swept from the lowest, and the last ones stay.
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
 * The folder is made when needed. It must lie on a local disk: network file systems do not promise
 * that `link()` decides between two writers. Holds are dated by the machine's clock, and leases by the
 * time since its start, which no change of the clock reaches.
 *
 * Throws a `TypeError` or `RangeError` when `folder` is not a path.
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
		// A number that is swept away while it is opened has later ones.
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

	/** Whether what was linked became the document, and was not put where a swept one had been. */
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
			// One from the future was left before the machine started anew.
			if (age >= 0 && age < lease.leaseMs)
				members.push({id: decodeURIComponent(file.slice(0, -5)), status: lease.status});
		}
		return members;
	}

	/** Watches the folders of all names that are listened for. */
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
					// A folder that was removed is watched no more, and says so by no error.
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

// No separator, no folder `..`, and no two names that some disks take for one as they differ in case.
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
