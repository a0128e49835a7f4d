let observer: (() => void) | undefined;

/** Calls back at each checkpoint of any signal, until the returned function is called. */
export function observeCheckpoints(callback: () => void): () => void {
	observer = callback;
	return () => (observer = undefined);
}

/** To be called at each checkpoint of any signal. */
export function observe(): void {
	observer?.();
}
