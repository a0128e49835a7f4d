// A plain server of files, in a process of its own: its work must not be measured as a crawler's.
//
// node server.js FOLDER, forked. Tells its port; answers the message 'count' with the number of requests
// so far, and 'log' with all of them, which it then forgets. Ends with the process that forked it.
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import path from 'node:path';

const [folder = '.'] = process.argv.slice(2);
const types = {'.html': 'text/html', '.txt': 'text/plain', '.css': 'text/css', '.png': 'image/png'};

/**
 * When an answer was asked for and sent, in the milliseconds of the machine's own clock.
 *
 * @type {{path: string, status: number, isPage: boolean, askedAt: number, sentAt: number}[]}
 */
let log = [];

const server = createServer((request, response) => {
	const askedAt = now();
	const {pathname} = new URL(request.url ?? '/', 'http://localhost');
	void answer(pathname, response);
	response.once('close', () => {
		const isPage = response.statusCode === 200 && typeOf(pathname) === types['.html'];
		log.push({path: pathname, status: response.statusCode, isPage, askedAt, sentAt: now()});
	});
});

/**
 * @param {string} pathname
 * @param {import('node:http').ServerResponse} response
 */
async function answer(pathname, response) {
	const body = await load(pathname);
	if (body === undefined) response.writeHead(404, {'content-type': 'text/plain'}).end('not here\n');
	else response.writeHead(200, {'content-type': typeOf(pathname), 'content-length': body.length}).end(body);
}

/** @type {Map<string, Promise<Buffer | undefined>>} */
const files = new Map();

/**
 * From memory but for the first time: a disk would be measured otherwise.
 *
 * @param {string} pathname
 */
function load(pathname) {
	let file = files.get(pathname);
	if (file === undefined) {
		// Whatever dots it has, a path from the root stays below it.
		file = readFile(path.join(folder, path.posix.normalize(decode(pathname)))).catch(() => undefined);
		files.set(pathname, file);
	}
	return file;
}

/** @param {string} pathname */
function decode(pathname) {
	try {
		return decodeURIComponent(pathname);
	} catch {
		return pathname;
	}
}

/** @param {string} pathname */
function typeOf(pathname) {
	return types[/** @type {keyof typeof types} */ (path.extname(pathname))] ?? 'application/octet-stream';
}

// This clock is the same one in all processes.
function now() {
	return Number(process.hrtime.bigint()) / 1e6;
}

process.on('message', (message) => {
	process.send?.(message === 'count' ? log.length : log);
	if (message === 'log') log = [];
});
process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.(/** @type {any} */ (server.address()).port));
