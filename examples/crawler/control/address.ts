import {createHash, randomBytes} from 'node:crypto';
import {
	chmodSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	realpathSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';

// 104 bytes on macOS and the BSDs, 108 on Linux, with the zero at the end.
const longest = 103;
const folderOf = (dir: string): string => path.join(dir, 'control');
const recordOf = (dir: string): string => path.join(folderOf(dir), 'address');

/** Where the socket of a crawl may stand, the best place first. Each can be tried once. */
export function* socketPlaces(dir: string): Generator<string> {
	if (process.platform === 'win32') yield pipeName(dir);
	else yield* unixPlaces(dir);
}

function* unixPlaces(dir: string): Generator<string> {
	makePrivate(folderOf(dir));
	const near = path.join(realpathSync(folderOf(dir)), 'socket');
	if (Buffer.byteLength(near) <= longest) {
		rmSync(near, {force: true});
		yield near;
	}
	// The path was too long, or its file system has no sockets.
	for (const base of [tmpdir(), '/tmp']) {
		const folder = mkdtempSync(path.join(base, 'crawl-'));
		const far = path.join(folder, 'socket');
		if (Buffer.byteLength(far) <= longest) yield far;
		rmSync(folder, {recursive: true, force: true});
	}
}

/** Tells other processes of this user where the socket is. */
export function recordAddress(dir: string, address: string): void {
	makePrivate(folderOf(dir));
	writeFileSync(recordOf(dir), address, {mode: 0o600});
}

export function forgetAddress(dir: string, address: string): void {
	rmSync(recordOf(dir), {force: true});
	if (process.platform === 'win32') return;
	rmSync(address, {force: true});
	const folder = path.dirname(address);
	if (folder !== realpathSync(folderOf(dir))) rmSync(folder, {recursive: true, force: true});
}

/** Where the socket of the crawl in the folder is; undefined where none was left, or somebody else's. */
export function recordedAddress(dir: string): string | undefined {
	try {
		const address = readFileSync(recordOf(dir), 'utf8');
		if (process.platform === 'win32' || isPrivate(path.dirname(address))) return address;
	} catch (error) {
		if (!['ENOENT', 'ENOTDIR'].includes(String((error as {code?: unknown}).code))) throw error;
	}
	return undefined;
}

function makePrivate(folder: string): void {
	mkdirSync(folder, {recursive: true, mode: 0o700});
	if (process.platform === 'win32' || isPrivate(folder)) return;
	if (isOurs(folder)) chmodSync(folder, 0o700);
	else throw new Error(`${folder} belongs to somebody else`);
}

function isOurs(folder: string): boolean {
	const stat = lstatSync(folder);
	return stat.isDirectory() && stat.uid === process.getuid?.();
}

function isPrivate(folder: string): boolean {
	return isOurs(folder) && (lstatSync(folder).mode & 0o077) === 0;
}

// The name can be guessed by nobody who cannot read the folder.
function pipeName(dir: string): string {
	const where = createHash('sha256').update(realpathSync(dir)).update(randomBytes(16)).digest('hex');
	return `\\\\.\\pipe\\pausable-crawler-${where.slice(0, 32)}`;
}
