/**
 * A download's files on the disk: the part, and the sidecar that says how much of the part is good.
 *
 * Invariants, at every moment, and so also after a crash at that moment:
 *
 * 1. If there is a sidecar, the bytes of the part up to its `offset`, as far as there are any, belong to
 *    the version it names, and are on the disk. Nobody trusts the bytes beyond.
 * 2. So the sidecar changes first when bytes are replaced, and last when bytes are added.
 * 3. One rename changes the file, once the part is complete and on the disk.
 */
import {TransferError} from './errors.ts';
import {isUsable, readState} from './options.ts';
import type {Disk, Handle} from './part-disk.ts';
import type {Pieces} from './pieces.ts';
import {stemOf} from './stem.ts';
import type {TransferState} from './transfer.ts';

const ignore = (): void => {};

export class Part {
	readonly file: string;
	readonly #disk: Disk;
	readonly #path: string;
	readonly #sidecar: string;
	readonly #draft: string;
	readonly #interval: number;
	#handle: Handle | undefined;
	/** The sidecar's content, apart from the offset; undefined if nobody can continue from this part. */
	#state: TransferState | undefined;
	#size = 0;
	#recorded = 0;
	/** Whether this download wrote the part, and not an earlier one. */
	#isOwn = false;

	/** It rewrites the sidecar after every `interval` bytes: at most this many come twice after a crash. */
	constructor(disk: Disk, file: string, interval: number) {
		this.#disk = disk;
		this.file = file;
		this.#interval = interval;
		const stem = stemOf(file);
		this.#path = `${stem}.part`;
		this.#sidecar = `${stem}.part.json`;
		this.#draft = `${stem}.part.json.tmp`;
	}

	/** Bytes in the part. */
	get size(): number {
		return this.#size;
	}

	/** The state that an earlier download of this url left, if this one can continue from it. */
	async find(url: string): Promise<TransferState | undefined> {
		try {
			const text = await this.#disk.readFile(this.#sidecar, 'utf8');
			const state = readState('sidecar', JSON.parse(text));
			const {size} = await this.#disk.stat(this.#path);
			const isGood = state.url === url && isUsable(state) && state.offset <= size;
			return isGood && state.offset > 0 ? state : undefined;
		} catch {
			return undefined;
		}
	}

	/** Opens it empty. Without a state there will be no sidecar. */
	async begin(state: TransferState | undefined): Promise<void> {
		this.#isOwn = true;
		this.#state = state;
		if (state === undefined) await this.#remove(this.#sidecar, this.#draft);
		else await this.#save({...state, offset: 0});
		await this.#syncFolder();
		const mode = await this.#modeOf(this.file);
		// The part must be no more readable than the file that it replaces.
		this.#handle = await this.#disk.open(this.#path, 'w', mode === undefined ? mode : mode | 0o600);
		this.#size = this.#recorded = 0;
	}

	/** Opens the part that was found, cut to its trusted length. */
	async goOn(state: TransferState): Promise<void> {
		this.#handle = await this.#disk.open(this.#path, 'r+');
		await this.#handle.truncate(state.offset);
		this.#isOwn = true;
		this.#state = state;
		this.#size = this.#recorded = state.offset;
	}

	async write(pieces: Pieces): Promise<void> {
		const handle = this.#open;
		for (let rest = pieces; rest.byteLength > 0;) {
			const room = this.#recorded + this.#interval - this.#size;
			const {bytesWritten} = await named(this.#path, handle.writev(rest.first(room), this.#size));
			rest = rest.after(bytesWritten);
			this.#size += bytesWritten;
			if (this.#size - this.#recorded === this.#interval) await this.#record();
		}
	}

	/** Records that the part is complete, once it is on the disk, and closes it. */
	async seal(): Promise<void> {
		const {size} = await this.#open.stat();
		if (size !== this.#size) throw this.#disown(size);
		await named(this.#path, this.#open.sync());
		if (this.#state !== undefined) await this.#save({...this.#state, offset: size, total: size});
		await this.#close();
	}

	/** Renames the part to the file. */
	async publish(): Promise<void> {
		await this.#takeModeOf(this.file);
		await this.#disk.rename(this.#path, this.file);
		await this.#syncFolder();
		// The file is complete even if this fails, and nobody reads a sidecar without a part.
		await this.#remove(this.#sidecar).catch(ignore);
	}

	async #modeOf(path: string): Promise<number | undefined> {
		const {mode} = (await this.#disk.stat(path).catch(ignore)) ?? {};
		return mode === undefined ? undefined : mode & 0o7777;
	}

	// Only if it differs: some disks refuse every chmod.
	async #takeModeOf(file: string): Promise<void> {
		const mode = await this.#modeOf(file);
		if (mode === undefined || mode === (await this.#modeOf(this.#path))) return;
		await this.#disk.chmod(this.#path, mode);
	}

	/** Closes the part after a failure. With `keep` it stays, if a later call can continue from it. */
	async leave(keep: boolean): Promise<void> {
		const stays = keep && (!this.#isOwn || (this.#state !== undefined && this.#size > 0));
		if (stays && this.#handle !== undefined) await this.#record().catch(ignore);
		await this.#close().catch(ignore);
		if (!stays) await this.discard();
	}

	/** Removes the part and its sidecar. */
	async discard(): Promise<void> {
		await this.#close().catch(ignore);
		this.#isOwn = true;
		this.#state = undefined;
		for (const path of [this.#sidecar, this.#draft, this.#path]) await this.#remove(path).catch(ignore);
	}

	async #remove(...paths: string[]): Promise<void> {
		for (const path of paths) await this.#disk.rm(path, {force: true});
	}

	get #open(): Handle {
		return this.#handle as Handle;
	}

	async #close(): Promise<void> {
		const handle = this.#handle;
		this.#handle = undefined;
		await handle?.close();
	}

	async #record(): Promise<void> {
		if (this.#state !== undefined) {
			// Together, so that the disk flushes once for both.
			const synced = named(this.#path, this.#open.sync());
			await this.#save({...this.#state, offset: this.#size}, synced);
		}
		this.#recorded = this.#size;
	}

	/** Writes the sidecar, and renames it into place once the part is on the disk. */
	async #save(state: TransferState, partSynced: Promise<void> = Promise.resolve()): Promise<void> {
		try {
			const draft = named(this.#draft, this.#write(this.#draft, `${JSON.stringify(state)}\n`));
			await bothOf(partSynced, draft);
			await this.#disk.rename(this.#draft, this.#sidecar);
		} catch (error) {
			await this.#remove(this.#draft).catch(ignore);
			throw error;
		}
	}

	async #write(path: string, text: string): Promise<void> {
		const handle = await this.#disk.open(path, 'w');
		try {
			await handle.writeFile(text);
			await handle.sync();
		} finally {
			await handle.close();
		}
	}

	// So that a rename reaches the disk before later writes do; not all platforms can flush a folder.
	async #syncFolder(): Promise<void> {
		const folder = await this.#disk.open(this.#disk.dirname(this.file), 'r').catch(ignore);
		await folder?.sync().catch(ignore);
		await folder?.close();
	}

	/** Nobody may continue from a part that somebody else wrote to. */
	#disown(size: number): TransferError {
		const {url = '', total} = this.#state ?? {};
		this.#state = undefined;
		const fault = `${this.#path} is ${size} bytes long: somebody else wrote to it`;
		return new TransferError('ERR_TRUNCATED', fault, {url, offset: this.#size, total: total ?? undefined});
	}
}

// Node's errors name the path when open() fails, and not when write() does.
async function named<T>(path: string, work: Promise<T>): Promise<T> {
	try {
		return await work;
	} catch (error) {
		if (error !== null && typeof error === 'object' && !('path' in error)) Object.assign(error, {path});
		throw error;
	}
}

/** Settles after both, and rejects with the first failure. */
async function bothOf(...work: readonly Promise<void>[]): Promise<void> {
	const ends = await Promise.allSettled(work);
	for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
