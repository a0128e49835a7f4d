const resolved = Promise.resolve();

/** Calls back in the next promise job. Not by `queueMicrotask`, which fake timers take over. */
export function atNextJob(callback: () => void): void {
	// oxlint-disable-next-line promise/no-callback-in-promise -- that is what it is for
	void resolved.then(callback);
}

/** Returns a function that has the callback called in the next promise job: once, however often it is called before. */
export function onceAJob(callback: () => void): () => void {
	let isScheduled = false;
	return () => {
		if (isScheduled) return;
		isScheduled = true;
		atNextJob(() => {
			isScheduled = false;
			callback();
		});
	};
}
