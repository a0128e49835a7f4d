/**
 * Closes connections whose server is gone. BullMQ waits for answers that never come, and its clients
 * try to connect forever: without this, `close()` would not end and the process would not exit.
 */
import type {IQueueBackend} from 'bullmq';
import {Timer} from '../core/index.ts';

const turnMs = 1500;
// More than one, because a body that blocked the loop may have delayed the answer by a turn.
const mostSilentTurns = 2;
// For a server that answers and still does not close.
const mostTurns = 20;
const steadyMs = 20;

interface RedisClient {
	readonly status?: string;
	disconnect(): void;
}

interface PgClient {
	readonly connection?: {readonly stream?: Socket};
}

interface Socket {
	destroy(): void;
	unref?(): void;
}

/** The members of BullMQ's connections; a backend of another kind has none of them. */
interface Connection {
	readonly _client?: RedisClient;
	readonly extraOptions?: {readonly shared?: boolean};
	readonly ownsPool?: boolean;
	readonly pool?: {readonly _clients?: readonly PgClient[]};
	readonly listenClient?: PgClient;
}

interface Connections {
	readonly connection?: Connection;
	readonly blockingConnection?: Connection;
}

/**
 * Waits for `closing`. Resolves with `false` if it cannot end, because no body of ours runs (`isIdle`)
 * and the server does not answer.
 */
export async function hasClosed(
	closing: Promise<unknown>,
	backend: object,
	isIdle: () => boolean,
): Promise<boolean> {
	const sockets = socketsOf(backend);
	const ended = closing.then(() => {
		// Postgres may never confirm that they end.
		for (const socket of sockets) socket.unref?.();
		return true;
	});
	for (let [turns, silent] = [0, 0]; turns < mostTurns && silent < mostSilentTurns; turns++) {
		let answered = false;
		(backend as IQueueBackend).isMaxed().then(
			() => (answered = true),
			() => {},
		);
		if (await within(turnMs, ended)) return true;
		if (!isIdle()) turns = 0;
		silent = answered || !isIdle() ? 0 : silent + 1;
	}
	return false;
}

async function within(ms: number, ended: Promise<boolean>): Promise<boolean> {
	let timer: Timer | undefined;
	const over = new Promise<boolean>((resolve) => (timer = new Timer(() => resolve(false), ms)));
	try {
		return await Promise.race([ended, over]);
	} finally {
		timer?.cancel();
	}
}

/** Waits out a client that is between two attempts to connect: BullMQ would wait forever for its end. */
export async function whenSteady(backend: object): Promise<void> {
	const isBetween = (): boolean =>
		(backend as Connections).blockingConnection?._client?.status === 'reconnecting';
	while (isBetween()) await within(steadyMs, new Promise(() => {}));
}

/** Cuts the connections of a backend, except those that its user passed in. */
export function cut(backend: object): void {
	// From now on it opens no new connection.
	(backend as IQueueBackend).close(true).catch(() => {});
	for (const {extraOptions, _client} of connectionsOf(backend))
		if (extraOptions?.shared !== true) _client?.disconnect();
	for (const socket of socketsOf(backend)) socket.destroy();
}

function connectionsOf(backend: object): readonly Connection[] {
	const {connection, blockingConnection} = backend as Connections;
	return [connection, blockingConnection].filter((one) => one !== undefined);
}

function socketsOf(backend: object): readonly Socket[] {
	const clients = connectionsOf(backend).flatMap(({ownsPool, pool, listenClient}) => [
		...(ownsPool === true ? (pool?._clients ?? []) : []),
		listenClient,
	]);
	return clients.flatMap((client) => client?.connection?.stream ?? []);
}
