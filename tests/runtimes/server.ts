// What the scenarios ask for.
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {byteAt, fileSize} from './scenarios.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

function answerFile(): Answer {
	const file = Uint8Array.from({length: fileSize}, (_, index) => byteAt(index));
	return (request, response) => {
		const {range} = request.headers;
		const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
		response.on('error', () => {});
		response.writeHead(range === undefined ? 200 : 206, {
			'accept-ranges': 'bytes',
			etag: '"one"',
			'content-length': file.length - start,
			...(range === undefined ? {} : {'content-range': `bytes ${start}-${file.length - 1}/${file.length}`}),
		});
		response.end(file.subarray(start));
	};
}

/** Serves on loopback what the scenarios ask for, and other pages besides. */
export async function serveScenarios(
	pages: Readonly<Record<string, Answer>> = {},
): Promise<AsyncDisposable & {readonly base: string}> {
	const answers: Record<string, Answer> = {
		'/text': (_request, response) => response.end('hello'),
		'/never': () => {},
		'/file': answerFile(),
		...pages,
	};
	const server = createServer((request, response) => {
		const answer = answers[request.url!];
		if (answer === undefined) response.writeHead(404).end();
		else answer(request, response);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			server.close();
		},
	};
}
