// To be imported before the library, parts of which keep the timer functions as they are at the start.

const owners = new Map<unknown, unknown>();
let owner: unknown;

/** Whose the timers are that are set from now on. */
export function setTimerOwner(next: unknown): void {
	owner = next;
}

/** How many timers of an owner are set, whether they keep the process alive or not. */
export function countTimers(of: unknown): number {
	return [...owners.values()].filter((one) => one === of).length;
}

for (const name of ['setTimeout', 'setInterval'] as const) {
	const set = globalThis[name] as (callback: () => void, ms?: number) => NodeJS.Timeout;
	const counting = (callback: () => void, ms?: number): NodeJS.Timeout => {
		const timer = set(() => {
			if (name === 'setTimeout') owners.delete(timer);
			callback();
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
