/** Lets promise jobs run, more than any chain of them here needs. */
export async function flush(): Promise<void> {
	for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

/** Lets one round of timers and I/O run. */
export async function macrotask(): Promise<void> {
	await new Promise((resolve) => setImmediate(resolve));
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

/**
 * Collects garbage, weak references and what their registries do included: until `isDone`, or twice
 * where it is to be seen that nothing more goes. A collection takes long in a test process.
 */
export async function collectGarbage(isDone?: () => boolean): Promise<void> {
	if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
	const turns = isDone === undefined ? 2 : 6;
	for (let turn = 0; turn < turns; turn++) {
		// A target of a WeakRef lives until the end of the job that made or read it.
		await macrotask();
		globalThis.gc();
		// Each turn of the loop calls one registry only, and those of other tests may be before it.
		for (let registry = 0; registry < 20; registry++) await macrotask();
		if (isDone?.() === true) return;
	}
}

/** All kinds of things that people abort with. `undefined` stands for the platform's own AbortError. */
export const reasons: readonly (readonly [string, unknown])[] = [
	['undefined', undefined],
	['null', null],
	['a string', 'enough'],
	['an Error', new Error('enough')],
	['a DOMException', new DOMException('enough', 'TimeoutError')],
];

/** How many of the objects that `make` returns are collected once nobody else has them. */
export async function countCollected(count: number, make: () => object): Promise<number> {
	let collected = 0;
	const registry = new FinalizationRegistry<void>(() => collected++);
	const makeAll = (): void => {
		for (let i = 0; i < count; i++) registry.register(make(), undefined);
	};
	makeAll();
	// What the engine still has in a register or on its stack may be left.
	await collectGarbage(() => collected > 0.95 * count);
	return collected;
}

/** Logs the events of named signals, as `pause parent`, in the order in which they come. */
export function logEvents(
	signals: Readonly<Record<string, AbortSignal>>,
	types: readonly string[] = ['pause', 'resume', 'abort'],
): string[] {
	const log: string[] = [];
	for (const [name, signal] of Object.entries(signals)) {
		for (const type of types) signal.addEventListener(type, () => log.push(`${type} ${name}`));
	}
	return log;
}
