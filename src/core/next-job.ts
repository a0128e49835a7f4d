const resolved = Promise.resolve();

/** Calls back in the next promise job. It avoids `queueMicrotask`, because fake timers replace that. */
export function atNextJob(callback: () => void): void {
	// oxlint-disable-next-line promise/no-callback-in-promise -- that is what it is for
	void resolved.then(callback);
}

/** Returns a function that schedules the callback for the next promise job, once for all calls before it. */
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
