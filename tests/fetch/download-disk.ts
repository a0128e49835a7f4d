// A disk that can lose its power: chance decides which unflushed changes survive.
import type {Disk, Handle} from '../../src/fetch/part-disk.ts';

interface Write {
	readonly at: number;
	readonly bytes: Uint8Array;
}

/** A file: the contents that are certainly on the disk, and the changes since. A cut is a write of a length. */
class Inode {
	now: Buffer;
	durable: Buffer;
	#pending: (Write | number)[] = [];

	constructor(content: Buffer = Buffer.alloc(0)) {
		this.now = this.durable = content;
	}

	do(change: Write | number): void {
		this.#pending.push(change);
		this.now = apply(this.now, change);
	}

	sync(): void {
		this.durable = this.now;
		this.#pending = [];
	}

	/** The contents after a power cut: each change may have reached the disk, independently of the others. */
	after(isThere: () => boolean): Buffer {
		return this.#pending.filter(isThere).reduce(apply, this.durable);
	}
}

function apply(content: Buffer, change: Write | number): Buffer {
	if (typeof change === 'number') return Buffer.concat([content], change);
	const {at, bytes} = change;
	const next = Buffer.concat([content], Math.max(content.length, at + bytes.length));
	next.set(bytes, at);
	return next;
}

type Change = (entries: Map<string, Inode>) => void;

/** One folder, in memory. Changes of names come to the disk in their order, those of files in any. */
export class FragileDisk implements Disk {
	/** Called before each step that changes something; an error that it throws ends the program there. */
	onStep: (step: string) => void = () => {};
	#durable = new Map<string, Inode>();
	#pending: Change[] = [];

	/** It knows no modes. */
	async chmod(): Promise<void> {}

	get #entries(): Map<string, Inode> {
		return this.#after(this.#pending.length);
	}

	#after(changes: number): Map<string, Inode> {
		const entries = new Map(this.#durable);
		for (const change of this.#pending.slice(0, changes)) change(entries);
		return entries;
	}

	get names(): string[] {
		return [...this.#entries.keys()].toSorted();
	}

	read(path: string): Buffer | undefined {
		return this.#entries.get(path)?.now;
	}

	put(path: string, content: Uint8Array): void {
		this.#durable.set(path, new Inode(Buffer.from(content)));
	}

	/** The disk after the program was killed (all is there), or after the power was cut. */
	crash(dice?: () => number): FragileDisk {
		const disk = new FragileDisk();
		const changes =
			dice === undefined ? this.#pending.length : Math.floor(dice() * (this.#pending.length + 1));
		for (const [path, inode] of this.#after(changes)) {
			disk.put(path, dice === undefined ? inode.now : inode.after(() => dice() < 0.5));
		}
		return disk;
	}

	#change(step: string, change: Change): void {
		this.onStep(step);
		this.#pending.push(change);
	}

	async open(path: string, flags: string): Promise<Handle> {
		if (path === '/') return this.#folder();
		const there = this.#entries.get(path);
		if (there === undefined && flags === 'r+') throw new Error('ENOENT');
		const inode = there ?? new Inode();
		if (there === undefined) this.#change(`create ${path}`, (entries) => entries.set(path, inode));
		else if (flags === 'w') this.#do(`empty ${path}`, () => inode.do(0));
		return this.#handle(path, inode);
	}

	#do(step: string, act: () => void): void {
		this.onStep(step);
		act();
	}

	#handle(path: string, inode: Inode): Handle {
		return {
			writev: async (pieces, at) => {
				const bytes = Buffer.concat(pieces);
				this.#do(`write ${path}`, () => inode.do({at, bytes}));
				return {bytesWritten: bytes.length};
			},
			writeFile: async (text) => this.#do(`write ${path}`, () => inode.do({at: 0, bytes: Buffer.from(text)})),
			truncate: async (length) => this.#do(`cut ${path}`, () => inode.do(length)),
			sync: async () => this.#do(`flush ${path}`, () => inode.sync()),
			stat: async () => ({size: inode.now.length}),
			close: async () => {},
		};
	}

	#folder(): Handle {
		const sync = (): void => {
			this.#durable = this.#entries;
			this.#pending = [];
		};
		return {...this.#handle('/', new Inode()), sync: async () => this.#do('flush /', sync)};
	}

	async readFile(path: string): Promise<string> {
		const content = this.read(path);
		if (content === undefined) throw new Error('ENOENT');
		return content.toString('latin1');
	}

	async rename(from: string, to: string): Promise<void> {
		this.#change(`rename ${from}`, (entries) => {
			entries.set(to, entries.get(from)!);
			entries.delete(from);
		});
	}

	async rm(path: string): Promise<void> {
		this.#change(`remove ${path}`, (entries) => entries.delete(path));
	}

	async stat(path: string): Promise<{size: number; isFile(): boolean; isDirectory(): boolean}> {
		const isFolder = path.endsWith('/');
		const size = isFolder ? 0 : (await this.readFile(path)).length;
		return {size, isFile: () => !isFolder, isDirectory: () => isFolder};
	}

	resolve(path: string): string {
		return path;
	}

	dirname(): string {
		return '/';
	}

	fileURLToPath(url: URL): string {
		return url.pathname;
	}
}
