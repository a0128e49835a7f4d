import {builtin} from '../core/index.ts';

interface System {
	readonly pid?: number;
}

/** The host and the process, for people to read: `web-3:4711`; `unknown` if there is neither. */
export function whoIs(): string {
	const system = (globalThis as {process?: System}).process;
	const os = builtin('node:os') as {hostname(): string} | undefined;
	return system?.pid === undefined ? 'unknown' : `${os?.hostname() ?? 'localhost'}:${system.pid}`;
}
