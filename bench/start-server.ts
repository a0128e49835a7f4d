import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';

let server: Promise<string> | undefined;

/** The address of the server that transfers are measured with. It starts at the first call. */
export function serverOrigin(): Promise<string> {
	return (server ??= start());
}

async function start(): Promise<string> {
	const child = fork('bench/transfer-server.js', {execArgv: []});
	const [address] = (await once(child, 'message')) as [AddressInfo];
	letEnd(child);
	return `http://127.0.0.1:${address.port}`;
}

// It ends with this process, and must not be what keeps it alive.
function letEnd(child: ChildProcess): void {
	child.unref();
	child.channel?.unref();
}
