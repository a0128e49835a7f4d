import {chmodSync} from 'node:fs';
import {createServer, type Server, type Socket} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import type {CrawlControls} from '../status.ts';
import {forgetAddress, recordAddress, socketPlaces} from './address.ts';
import {Lines} from './lines.ts';
import {perform} from './perform.ts';
import {type Answer, longestRequest, parseRequest} from './protocol.ts';

const connectionsAtMost = 32;
const requestsAtMost = 16;
const idleMs = 60_000;
const unreadAtMost = 1_000_000;
const lastAnswersMs = 1000;

/**
 * Lets other processes of this user control the crawl in the folder, until disposed of. Only one process
 * at a time may do so for a folder: who has it open.
 */
export async function serveControl(crawl: CrawlControls, dir: string): Promise<AsyncDisposable> {
	const sockets = new Set<Socket>();
	const work = new Set<Promise<void>>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
		attend(socket, crawl, work);
	});
	server.maxConnections = connectionsAtMost;
	const address = await listen(server, dir);
	recordAddress(dir, address);
	return {
		async [Symbol.asyncDispose]() {
			const closed = new Promise<void>((resolve) => server.close(() => resolve()));
			// Who has asked for the stop is told of it. Whoever does not leave then is shown out.
			await Promise.race([Promise.allSettled(work), sleep(lastAnswersMs, undefined, {ref: false})]);
			for (const socket of sockets) socket.destroySoon();
			forgetAddress(dir, address);
			await closed;
		},
	};
}

async function listen(server: Server, dir: string): Promise<string> {
	let failure: unknown;
	for (const place of socketPlaces(dir)) {
		try {
			await listenAt(server, place);
			return place;
		} catch (error) {
			failure = error;
		}
	}
	throw failure;
}

function listenAt(server: Server, place: string): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen(place, () => {
			server.off('error', reject);
			if (process.platform !== 'win32') chmodSync(place, 0o600);
			resolve();
		});
	});
}

/** Answers the requests of one visitor, each line on its own. */
function attend(socket: Socket, crawl: CrawlControls, work: Set<Promise<void>>): void {
	const lines = new Lines(longestRequest);
	let pending = 0;
	const reply = (answer: Answer): void => {
		if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`);
		// It asks and does not listen.
		if (socket.writableLength > unreadAtMost) socket.destroy();
	};
	const refuse = (error: string): void => {
		if (socket.writableEnded) return;
		reply({ok: false, error});
		socket.removeAllListeners('data').destroySoon();
	};
	const serve = async (line: string): Promise<void> => {
		let request;
		try {
			request = parseRequest(line);
		} catch (error) {
			return reply({ok: false, error: (error as Error).message});
		}
		if (pending >= requestsAtMost) return refuse(`expected ${requestsAtMost} requests at once at most`);
		pending++;
		await perform(crawl, request, reply);
		pending--;
	};
	const begin = (line: string): void => {
		const served = serve(line).finally(() => work.delete(served));
		work.add(served);
	};
	socket.on('data', (bytes: Buffer) => {
		try {
			for (const line of lines.add(bytes)) begin(line);
		} catch (error) {
			refuse((error as Error).message);
		}
	});
	// Somebody who only holds the door open. Who waits for an answer may.
	socket.setTimeout(idleMs, () => {
		if (pending === 0) socket.destroy();
	});
	// It left in the middle; that is its own affair.
	socket.on('error', () => {});
}
