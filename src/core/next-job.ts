const resolved = Promise.resolve();

/** Calls back in the next promise job. Not by `queueMicrotask`, which fake timers take over. */
export function atNextJob(callback: () => void): void {
	// oxlint-disable-next-line promise/no-callback-in-promise -- that is what it is for
	void resolved.then(callback);
}
