/**
 * Counts timers, those included that do not keep the process alive.
 *
 * To be imported before the library: what that notes at its start, for the timer that keeps the
 * process alive, is counted too.
 */
const {setTimeout, setInterval, clearTimeout} = globalThis;
const open = new Set<unknown>();

function clear(timer: Parameters<typeof clearTimeout>[0]): void {
	open.delete(timer);
	clearTimeout(timer);
}

Object.assign(globalThis, {
	setTimeout(callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) {
		const timer = setTimeout(() => {
			open.delete(timer);
			callback(...args);
		}, ms);
		open.add(timer);
		return timer;
	},
	setInterval(callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) {
		const timer = setInterval(callback, ms, ...args);
		open.add(timer);
		return timer;
	},
	clearTimeout: clear,
	clearInterval: clear,
});

/** How many timers were set and are neither due nor cleared. */
export function countTimers(): number {
	return open.size;
}
