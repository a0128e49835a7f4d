// To be imported before the library, parts of which keep the timer functions as they are at the start.

type Timers = 'setTimeout' | 'setInterval';

const live = new Set<unknown>();

/** How many timers are set, whether they keep the process alive or not. */
export function countTimers(): number {
	return live.size;
}

for (const name of ['setTimeout', 'setInterval'] satisfies Timers[]) {
	const set = globalThis[name] as (callback: () => void, ms?: number) => NodeJS.Timeout;
	const counting = (callback: () => void, ms?: number): NodeJS.Timeout => {
		const timer = set(() => {
			if (name === 'setTimeout') live.delete(timer);
			callback();
		}, ms);
		live.add(timer);
		return timer;
	};
	Object.assign(globalThis, {[name]: counting});
}

for (const name of ['clearTimeout', 'clearInterval'] as const) {
	const clear = globalThis[name];
	const counting = (timer: NodeJS.Timeout | undefined): void => {
		live.delete(timer);
		clear(timer);
	};
	Object.assign(globalThis, {[name]: counting});
}
