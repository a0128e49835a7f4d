// D1 to D3: any answer that fetch gives, pausableFetch gives, however odd; and no connection stays open.
import {describe, expect, test} from '@jest/globals';
import {subscribe, unsubscribe} from 'node:diagnostics_channel';
import {once} from 'node:events';
import {type AddressInfo, createServer, type Server, type Socket} from 'node:net';
import {PausableController} from 'pausable-signal';
import {pausableFetch} from 'pausable-signal/fetch';
import {expectNothingOn, until} from './kit.ts';
import {rawAnswers} from './raw-answers.ts';

/** Sends the same bytes to every client, and counts the connections to it at the client's end. */
class RawServer implements AsyncDisposable {
	readonly #sockets = new Set<Socket>();
	readonly #clients: Socket[] = [];
	readonly #server: Server;

	constructor(bytes: string, staysOpen: boolean) {
		this.#server = createServer((socket) => {
			this.#sockets.add(socket.on('error', () => {}));
			socket.once('data', () => {
				socket.write(Buffer.from(bytes, 'latin1'));
				if (!staysOpen) socket.end();
			});
		});
		subscribe('net.client.socket', this.#onClient);
	}

	readonly #onClient = (message: unknown): void => {
		this.#clients.push((message as {socket: Socket}).socket);
	};

	async start(): Promise<this> {
		this.#server.listen(0, '127.0.0.1');
		await once(this.#server, 'listening');
		return this;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/file`;
	}

	get connections(): number {
		return this.#clients.filter(({destroyed}) => !destroyed).length;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		unsubscribe('net.client.socket', this.#onClient);
		for (const socket of this.#sockets) socket.destroy();
		this.#server.close();
		await once(this.#server, 'close');
	}
}

function serve(bytes: string, staysOpen = false): Promise<RawServer> {
	return new RawServer(bytes, staysOpen).start();
}

/** As Headers takes them: what fetch got from the parser, and nobody could set, is left out (D2). */
function settable(headers: Headers): [string, string][] {
	return [...headers].flatMap((header) => {
		try {
			return [...new Headers([header])];
		} catch {
			return [];
		}
	});
}

function faceOf(response: Response): object {
	const {status, statusText, ok, redirected, type, headers} = response;
	return {status, statusText, ok, redirected, type, headers: settable(headers)};
}

/** All that can be seen of a response and of its clone, or that there is none. */
async function look(call: Promise<Response>): Promise<object> {
	try {
		const response = await call;
		const clone = response.clone();
		const faces = [faceOf(response), faceOf(clone)];
		const hasBody = response.body !== null;
		return {faces, hasBody, texts: await Promise.all([response.text(), clone.text()])};
	} catch {
		return {isRejected: true};
	}
}

/** Ours and theirs look alike, and ours leaves neither a connection nor a listener. */
async function expectSame(bytes: string): Promise<void> {
	await using reference = await serve(bytes);
	const theirs = await look(fetch(reference.url, {headers: {'accept-encoding': 'identity'}}));
	await using server = await serve(bytes);
	const {signal} = new PausableController();
	const ours = await look(pausableFetch(server.url, {signal, retry: {maxAttempts: 0}}));
	expect(ours).toEqual(theirs);
	expectNothingOn(signal);
	await until(() => server.connections === 0);
}

const isOf =
	(...kinds: readonly string[]) =>
	({name}: {name: string}): boolean =>
		kinds.some((kind) => name.startsWith(`${kind}: `));

describe('D1: an odd status line gives the same as fetch', () => {
	test.each(rawAnswers.filter(isOf('a phrase', 'a status')))('$name', ({bytes}) => expectSame(bytes));

	test('the reason phrase that Response refuses is kept, in the clone too', async () => {
		await using server = await serve('HTTP/1.1 404 Non trouv\xC3\xA9\r\nContent-Length: 0\r\n\r\n');
		const response = await pausableFetch(server.url);
		const clone = response.clone();
		expect([response, clone].map(({status, statusText}) => [status, statusText])).toEqual([
			[404, 'Non trouvé'],
			[404, 'Non trouvé'],
		]);
		await Promise.all([response.text(), clone.text()]);
	});
});

describe('D2: an odd header gives the same as fetch', () => {
	test.each(rawAnswers.filter(isOf('a header', 'a part')))('$name', ({bytes}) => expectSame(bytes));

	test('a header that Headers refuses is left out, and those beside it stay', async () => {
		const bytes = 'HTTP/1.1 200 OK\r\nX-Before: 1\r\nX-Bad : 1\r\nX-After: 1\r\nContent-Length: 0\r\n\r\n';
		await using server = await serve(bytes);
		const answer = await pausableFetch(server.url).catch(() => undefined);
		const theirs = await fetch(server.url).catch(() => undefined);
		await theirs?.text();
		await answer?.text();
		// Some Nodes refuse the whole answer: then there is nothing to leave out.
		expect(answer === undefined).toBe(theirs === undefined);
		const names = answer ? [...answer.headers.keys()].filter((name) => name.startsWith('x-')) : undefined;
		expect(names).toEqual(theirs && ['x-after', 'x-before']);
	});
});

describe('D3: whatever comes, no connection stays open', () => {
	test.each(rawAnswers.filter(isOf('a whole')))('$name', ({bytes}) => expectSame(bytes));

	test('over a hundred of the odd answers are accepted', async () => {
		let accepted = 0;
		for (const {bytes} of rawAnswers) {
			await using server = await serve(bytes);
			if ('faces' in (await look(pausableFetch(server.url)))) accepted++;
		}
		expect(accepted).toBeGreaterThan(100);
	});
});

describe('D3: no connection stays open after an answer is abandoned', () => {
	test.each(rawAnswers.filter(({endless}) => endless !== undefined))('$name', async ({endless}) => {
		await using server = await serve(endless!, true);
		const {signal} = new PausableController();
		const response = await pausableFetch(server.url, {signal}).catch(() => undefined);
		await response?.body?.cancel();
		await until(() => server.connections === 0);
		expectNothingOn(signal);
	});

	test('the call rejects if no Response can be built', async () => {
		let isCancelled = false;
		const body = new ReadableStream({cancel: () => void (isCancelled = true)});
		const odd = Object.defineProperty(new Response(body), 'headers', {
			get: () => {
				throw new Error('no headers');
			},
		});
		const {signal} = new PausableController();
		const call = pausableFetch('http://localhost/', {signal, fetch: async () => odd});
		await expect(call).rejects.toThrow('no headers');
		await until(() => isCancelled);
		expectNothingOn(signal);
	});

	test('an answer of the caller’s fetch with a body and a null-body status is passed on as it is', async () => {
		const odd = Object.defineProperty(new Response('text'), 'status', {value: 204});
		const response = await pausableFetch('http://localhost/', {fetch: async () => odd});
		expect(response.status).toBe(204);
		expect(await response.text()).toBe('text');
	});
});
