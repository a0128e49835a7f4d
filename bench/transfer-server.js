// What the contests of transfers ask, in a process of its own: its work must not be measured as theirs.
//
// Answers /?bytes=N with N bytes, and takes ranges; /?chunks=N with N small chunks. Tells its port to the process that forked it, and
// ends with that process.
import {createServer} from 'node:http';

const block = Buffer.alloc(1 << 20, 'x');
const smallChunk = Buffer.alloc(20, 'x');
const etag = '"one-version"';

const server = createServer((request, response) => {
	const {searchParams} = new URL(request.url ?? '/', 'http://localhost');
	const chunks = searchParams.get('chunks');
	if (chunks === null) sendFile(request, response, Number(searchParams.get('bytes')));
	else sendChunks(response, Number(chunks));
});

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {number} size
 */
function sendFile(request, response, size) {
	const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
	const from = range === null ? 0 : Number(range[1]);
	response.writeHead(range === null ? 200 : 206, {
		'accept-ranges': 'bytes',
		'content-length': size - from,
		etag,
		...(range === null ? {} : {'content-range': `bytes ${from}-${size - 1}/${size}`}),
	});
	if (request.method === 'HEAD') response.end();
	else send(response, size - from);
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} left
 */
function send(response, left) {
	while (left > 0) {
		const part = block.subarray(0, Math.min(left, block.length));
		left -= part.length;
		if (!response.write(part)) {
			response.once('drain', () => send(response, left));
			return;
		}
	}
	response.end();
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} left
 */
function sendChunks(response, left) {
	while (left-- > 0) {
		if (!response.write(smallChunk)) {
			response.once('drain', () => sendChunks(response, left));
			return;
		}
	}
	response.end();
}

server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.once('disconnect', () => process.exit());
