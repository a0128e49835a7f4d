/** Lets promise jobs run, more than any chain of them here needs. */
export async function flush(): Promise<void> {
	for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

/** A promise's outcome as far as it is known after {@link flush}. */
export interface Watched<T> {
	state: 'pending' | 'resolved' | 'rejected';
	value?: T;
	reason?: unknown;
}

/** Follows a promise without waiting for it. */
export function watched<T>(promise: Promise<T>): Watched<T> {
	const seen: Watched<T> = {state: 'pending'};
	promise.then(
		(value) => Object.assign(seen, {state: 'resolved', value}),
		(reason: unknown) => Object.assign(seen, {state: 'rejected', reason}),
	);
	return seen;
}

/** Collects garbage, weak references and what their registries do included. */
export async function collectGarbage(): Promise<void> {
	if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
	for (let turn = 0; turn < 5; turn++) {
		// A target of a WeakRef lives until the end of the job that made or read it.
		await new Promise((resolve) => setImmediate(resolve));
		globalThis.gc();
	}
	await new Promise((resolve) => setImmediate(resolve));
}
