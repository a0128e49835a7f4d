// The parts of Node that this uses, by shape: the library compiles without Node's types.

export interface Handle {
	writeFile(text: string): Promise<void>;
	sync(): Promise<void>;
	close(): Promise<void>;
}

export interface Watcher {
	on(event: 'change' | 'error' | 'close', listener: () => void): unknown;
	unref(): unknown;
	close(): void;
}

interface Files {
	open(path: string, flags: string): Promise<Handle>;
	readFile(path: string, encoding: 'utf8'): Promise<string>;
	readdir(path: string): Promise<string[]>;
	mkdir(path: string, options: {recursive: boolean}): Promise<unknown>;
	link(from: string, to: string): Promise<void>;
	rename(from: string, to: string): Promise<void>;
	rm(path: string, options: {force: boolean}): Promise<void>;
}

export interface Disk extends Files {
	watch(path: string): Watcher;
	/** Milliseconds since the machine's start, the same in all its processes. */
	uptime(): number;
}

/** The disk of this machine, opened at the first call. */
export function createDisk(): () => Promise<Disk> {
	let disk: Promise<Disk> | undefined;
	return () => (disk ??= openDisk());
}

async function openDisk(): Promise<Disk> {
	const [files, {watch}, {hrtime}] = await Promise.all([
		load<Files>('fs/promises'),
		load<{watch(path: string): Watcher}>('fs'),
		load<{hrtime: {bigint(): bigint}}>('process'),
	]);
	return {
		open: files.open,
		readFile: files.readFile,
		readdir: files.readdir,
		mkdir: files.mkdir,
		link: files.link,
		rename: files.rename,
		rm: files.rm,
		watch,
		uptime: () => Number(hrtime.bigint() / 1000n) / 1000,
	};
}

// Splitting the name, and the comments, keep bundlers for the web from looking for these modules.
function load<T>(name: string): Promise<T> {
	return import(/* webpackIgnore: true */ /* @vite-ignore */ `node:${name}`) as Promise<T>;
}

export function isMissing(error: unknown): boolean {
	return (error as {code?: unknown} | null)?.code === 'ENOENT';
}

export function isThere(error: unknown): boolean {
	return (error as {code?: unknown} | null)?.code === 'EEXIST';
}
