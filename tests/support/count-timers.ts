/**
 * Counts real timers, those included that do not keep the process alive.
 *
 * To be imported before the library, parts of which keep the timer functions as they are at the start.
 */
const owners = new Map<unknown, unknown>();
let owner: unknown;

/** Whose the timers are that are set from now on. */
export function setTimerOwner(next: unknown): void {
	owner = next;
}

/** How many timers of an owner are set; of nobody's, where none was named. */
export function countTimers(of?: unknown): number {
	return [...owners.values()].filter((one) => one === of).length;
}

type Callback = (...args: unknown[]) => void;

for (const name of ['setTimeout', 'setInterval'] as const) {
	const set = globalThis[name] as (callback: Callback, ms?: number, ...args: unknown[]) => NodeJS.Timeout;
	const counting = (callback: Callback, ms?: number, ...args: unknown[]): NodeJS.Timeout => {
		const timer = set(() => {
			if (name === 'setTimeout') owners.delete(timer);
			callback(...args);
		}, ms);
		owners.set(timer, owner);
		return timer;
	};
	Object.assign(globalThis, {[name]: counting});
}

for (const name of ['clearTimeout', 'clearInterval'] as const) {
	const clear = globalThis[name];
	const counting = (timer: NodeJS.Timeout | undefined): void => {
		owners.delete(timer);
		clear(timer);
	};
	Object.assign(globalThis, {[name]: counting});
}
