// What is used of Node, by shape: the rest of the library compiles without Node's types.

export interface Handle {
	write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{bytesWritten: number}>;
	writeFile(text: string): Promise<void>;
	truncate(length: number): Promise<void>;
	sync(): Promise<void>;
	stat(): Promise<{size: number}>;
	close(): Promise<void>;
}

interface Files {
	open(path: string, flags: string): Promise<Handle>;
	readFile(path: string, encoding: 'utf8'): Promise<string>;
	rename(from: string, to: string): Promise<void>;
	rm(path: string, options: {force: boolean}): Promise<void>;
	stat(path: string): Promise<{size: number; isFile(): boolean; isDirectory(): boolean}>;
}

/** A disk, and the paths on it. */
export interface Disk extends Files {
	resolve(path: string): string;
	dirname(path: string): string;
	fileURLToPath(url: URL): string;
}

export async function openDisk(): Promise<Disk> {
	const [{open, readFile, rename, rm, stat}, {resolve, dirname}, {fileURLToPath}] = await Promise.all([
		load<Files>('fs/promises'),
		load<Pick<Disk, 'resolve' | 'dirname'>>('path'),
		load<Pick<Disk, 'fileURLToPath'>>('url'),
	]);
	return {open, readFile, rename, rm, stat, resolve, dirname, fileURLToPath};
}

// The name in two parts, and the comments, keep bundlers for the web from looking for these modules.
function load<T>(name: string): Promise<T> {
	return import(/* webpackIgnore: true */ /* @vite-ignore */ `node:${name}`) as Promise<T>;
}
