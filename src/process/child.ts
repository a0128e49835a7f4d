import {builtin, outOfRange, wrongType} from '../core/index.ts';

type Listener = (...values: never[]) => void;

/** A child process: Node's, execa's or zx's. */
export interface ChildProcessLike {
	readonly pid?: number | undefined;
	readonly exitCode?: unknown;
	readonly signalCode?: unknown;
	kill(signal?: never): unknown;
}

/** The parts of a child process that this uses. */
export interface Child {
	readonly pid?: number | undefined;
	readonly exitCode: number | null;
	readonly signalCode: string | null;
	readonly spawnargs?: readonly string[] | undefined;
	kill(signal: string): unknown;
	on(type: string, listener: Listener): unknown;
	off(type: string, listener: Listener): unknown;
}

/** The process that this code runs in. */
interface Self {
	readonly platform: string;
	kill(pid: number, signal: string): unknown;
	on(type: 'exit', listener: () => void): unknown;
	off(type: 'exit', listener: () => void): unknown;
}

export const self: Self | undefined = (globalThis as unknown as {process?: Self}).process;

/** The given child, or the one inside a wrapper such as zx's. */
export function expectChild(value: unknown): Child {
	for (const one of [value, (value as {child?: unknown} | null | undefined)?.child])
		if (isChild(one)) return one;
	throw wrongType('child', 'a child process with pid, kill, exitCode, signalCode and events', value);
}

// zx's own object has a promise for its exit code; its child has the code.
function isChild(value: unknown): value is Child {
	const {kill, on, off, exitCode, signalCode} = Object(value) as Partial<Child>;
	const hasMethods = [kill, on, off].every((method) => typeof method === 'function');
	return hasMethods && (exitCode === null || typeof exitCode === 'number') && signalCode !== undefined;
}

interface Os {
	readonly constants: {readonly signals: Readonly<Record<string, number>>};
}

/** Accepts a name such as `SIGTERM` that this platform knows. */
export function expectSignalName(name: string, value: unknown): string {
	const expected = "the name of a signal, such as 'SIGTERM'";
	if (typeof value !== 'string') throw wrongType(name, expected, value);
	const {signals} = (builtin('node:os') as Os).constants;
	if (!(value in signals)) throw outOfRange(name, expected, value);
	return value;
}

export function hasEnded({exitCode, signalCode}: Child): boolean {
	return exitCode !== null || signalCode !== null;
}
