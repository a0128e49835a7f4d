// The parts of Node that are used, by shape: the library compiles without Node's types.

export interface Handle {
	writev(pieces: readonly Uint8Array[], position: number): Promise<{bytesWritten: number}>;
	writeFile(text: string): Promise<void>;
	truncate(length: number): Promise<void>;
	sync(): Promise<void>;
	stat(): Promise<{size: number}>;
	close(): Promise<void>;
}

interface Stat {
	readonly size: number;
	/** Absent on a disk without modes. */
	readonly mode?: number;
	isFile(): boolean;
	isDirectory(): boolean;
}

interface Files {
	open(path: string, flags: string, mode?: number): Promise<Handle>;
	readFile(path: string, encoding: 'utf8'): Promise<string>;
	rename(from: string, to: string): Promise<void>;
	rm(path: string, options: {force: boolean}): Promise<void>;
	chmod(path: string, mode: number): Promise<void>;
	stat(path: string): Promise<Stat>;
}

/** A disk, and the paths on it. */
export interface Disk extends Files {
	resolve(path: string): string;
	dirname(path: string): string;
	fileURLToPath(url: URL): string;
}

/** Node's built-in modules that provide it, by name. */
interface Modules {
	'node:fs/promises': Files;
	'node:path': Pick<Disk, 'resolve' | 'dirname'>;
	'node:url': Pick<Disk, 'fileURLToPath'>;
}

interface Process {
	getBuiltinModule?<K extends keyof Modules>(name: K): Modules[K] | undefined;
}

/** This machine's disk. */
export function openDisk(): Disk {
	const {chmod, open, readFile, rename, rm, stat} = builtIn('node:fs/promises');
	const {resolve, dirname} = builtIn('node:path');
	const {fileURLToPath} = builtIn('node:url');
	return {chmod, open, readFile, rename, rm, stat, resolve, dirname, fileURLToPath};
}

// Not import(): bundlers try to resolve the module, or turn the call into one that fails.
function builtIn<K extends keyof Modules>(name: K): Modules[K] {
	const {process} = globalThis as {process?: Process};
	const found = process?.getBuiltinModule?.(name);
	if (found === undefined) throw new Error('download() needs the files of Node, and there is no Node here');
	return found;
}
