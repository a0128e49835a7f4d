import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';

/** As the server saw it; times in the milliseconds of {@link now}. */
export interface Visit {
	readonly path: string;
	readonly status: number;
	/** HTML that was there. */
	readonly isPage: boolean;
	readonly askedAt: number;
	readonly sentAt: number;
}

export interface Server extends Disposable {
	readonly origin: string;
	/** How many answers were sent since the last log. */
	count(): Promise<number>;
	/** All of them; it then starts over. */
	log(): Promise<readonly Visit[]>;
}

/** Serves a folder on the loopback, in a process of its own. */
export async function serve(folder: string): Promise<Server> {
	const child = fork('bench/crawler/server.js', [folder], {execArgv: []});
	const port = await answerOf<number>(child);
	const ask = <T>(what: string): Promise<T> => {
		child.send(what);
		return answerOf<T>(child);
	};
	return {
		origin: `http://127.0.0.1:${port}`,
		count: () => ask('count'),
		log: () => ask('log'),
		[Symbol.dispose]: () => child.disconnect(),
	};
}

/** The next message of a process. */
export async function answerOf<T>(child: ChildProcess): Promise<T> {
	const [message] = (await once(child, 'message')) as [T];
	return message;
}

/** Milliseconds of a clock that is the same one in all processes. */
export function now(): number {
	return Number(process.hrtime.bigint()) / 1e6;
}
