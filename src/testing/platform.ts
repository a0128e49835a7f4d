// The parts of Node, Deno and Bun that this entry point uses. Browsers have none of them.

import {builtin} from '../core/index.ts';

type Listener = (...args: never[]) => void;

/** The parts of `node:process` that this uses. */
export interface HostProcess {
	cwd(): string;
	on(type: string, listener: Listener): unknown;
	off(type: string, listener: Listener): unknown;
	listeners(type: string): Listener[];
	removeAllListeners(type: string): unknown;
	getActiveResourcesInfo?(): string[];
	readonly versions?: Readonly<Record<string, string | undefined>>;
}

/** The process that this module has; undefined in browsers. */
export function ownProcess(): HostProcess | undefined {
	return (globalThis as unknown as {process?: HostProcess}).process;
}

/**
 * The process that emits the events. Jest gives its tests a copy, which never gets an unhandled
 * rejection; code in the main context finds the real one.
 */
export function hostProcess(): HostProcess | undefined {
	const vm = builtin('node:vm') as {runInThisContext(code: string): unknown} | undefined;
	const found = vm?.runInThisContext("typeof process === 'object' ? process : undefined");
	return (found as HostProcess | undefined) ?? ownProcess();
}

type RunLater = (callback: () => void, ms?: number) => unknown;

// Read once, when the module loads, because virtual time must not stop the timers that drive it.
const timers = builtin('node:timers') as {setImmediate: RunLater; setTimeout: RunLater} | undefined;
const realImmediate = timers?.setImmediate ?? (globalThis as {setImmediate?: RunLater}).setImmediate;
const realTimeout = timers?.setTimeout ?? (globalThis.setTimeout as RunLater);

/** Calls back in a later turn of the event loop, after all promise jobs and the I/O that is ready. */
export function afterTurn(callback: () => void): void {
	if (realImmediate !== undefined) realImmediate(callback);
	else realTimeout(callback, 0);
}

/** Calls back after real milliseconds, virtual time or not. */
export function afterRealTime(callback: () => void, ms: number): void {
	realTimeout(callback, ms);
}

/** Whether a request to the operating system is under way, such as the reading of a file. */
export function hasRequests(): boolean {
	const active = hostProcess()?.getActiveResourcesInfo?.() ?? [];
	return active.some((name) => name.includes('Req'));
}
