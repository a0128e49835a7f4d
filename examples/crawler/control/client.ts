import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import {deadline} from 'pausable-signal';
import {recordedAddress} from './address.ts';
import {Lines} from './lines.ts';
import type {Answer, Request} from './protocol.ts';

/** Nobody crawls into the folder, or it does not answer. */
export class ControlError extends Error {
	override readonly name = 'ControlError';
	/** There is no process to ask. */
	readonly isNobody: boolean;

	constructor(message: string, {isNobody = false}: {isNobody?: boolean} = {}) {
		super(message);
		this.isNobody = isNobody;
	}
}

const longestAnswer = 1_000_000;

/**
 * Asks the crawl in the folder, and passes on each answer. The first one must come in time, the last one may
 * take as long as what was asked for. Rejects with a {@link ControlError}.
 */
export async function* ask(dir: string, request: Request, withinMs = 15_000): AsyncGenerator<Answer> {
	const socket = await connectTo(dir);
	try {
		socket.write(`${JSON.stringify(request)}\n`);
		yield* answers(dir, socket, withinMs);
	} finally {
		socket.destroy();
	}
}

async function connectTo(dir: string): Promise<Socket> {
	const nobody = new ControlError(`no crawl is running in ${dir}`, {isNobody: true});
	const address = recordedAddress(dir);
	if (address === undefined) throw nobody;
	const socket = connect(address);
	try {
		await once(socket, 'connect');
		return socket;
	} catch (error) {
		socket.destroy();
		const {code} = error as {code?: unknown};
		// The process has died, and left its address behind.
		if (code === 'ECONNREFUSED' || code === 'ENOENT') throw nobody;
		throw new ControlError(`cannot reach the crawl in ${dir}: ${String(code)}`);
	}
}

async function* answers(dir: string, socket: Socket, withinMs: number): AsyncGenerator<Answer> {
	const never = new AbortController();
	const first = deadline(never.signal, withinMs);
	const giveUp = (): void => {
		socket.destroy(new ControlError(`the crawl in ${dir} does not answer`));
	};
	first.addEventListener('abort', giveUp);
	try {
		const lines = new Lines(longestAnswer);
		for await (const bytes of socket) {
			first.removeEventListener('abort', giveUp);
			for (const line of lines.add(bytes as Buffer)) {
				const answer = JSON.parse(line) as Answer;
				yield answer;
				if (!answer.ok || answer.isDone) return;
			}
		}
	} finally {
		first.removeEventListener('abort', giveUp);
		never.abort();
	}
	throw new ControlError(`the crawl in ${dir} has ended without an answer`, {isNobody: true});
}
