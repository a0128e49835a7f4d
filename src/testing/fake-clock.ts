import {builtin} from '../core/index.ts';
import {ownProcess} from './platform.ts';

/** The parts that this uses of a clock of `@sinonjs/fake-timers`, which Jest and Vitest also use. */
export interface Clock {
	readonly Date: {now(): number};
	countTimers(): number;
	next(): unknown;
	tickAsync(ms: number): Promise<unknown>;
	runAllAsync(): Promise<unknown>;
	reset(): void;
	setSystemTime(now: number): void;
	uninstall(): void;
}

interface FakeTimers {
	withGlobal(global: object): {
		install(options: {now: number; toFake: readonly string[]; shouldClearNativeTimers: boolean}): Clock;
	};
}

const toFake = [
	'setTimeout',
	'clearTimeout',
	'setInterval',
	'clearInterval',
	'setImmediate',
	'clearImmediate',
	'Date',
	'performance',
];

/** The clock of the test runner, if its fake timers are on. */
export function findClock(): Clock | undefined {
	return (globalThis.setTimeout as {clock?: Clock}).clock;
}

/** Installs a clock of our own. */
export function installClock(now: number): Clock {
	const available = toFake.filter((name) => name in globalThis);
	const options = {now, toFake: available, shouldClearNativeTimers: true};
	return loadFakeTimers().withGlobal(globalThis).install(options);
}

// Loads the package when it is first needed: it is an optional peer, and a browser may do without.
function loadFakeTimers(): FakeTimers {
	const modules = builtin('node:module') as {createRequire(path: string): (name: string) => unknown};
	try {
		return modules.createRequire(`${ownProcess()?.cwd()}/package.json`)('@sinonjs/fake-timers') as FakeTimers;
	} catch (cause) {
		const message =
			'virtualTime: install @sinonjs/fake-timers, or turn on the fake timers of the test runner';
		throw new Error(message, {cause});
	}
}
