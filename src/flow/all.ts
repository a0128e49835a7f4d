import {expectFunction, expectSignal, type PausableSignal, reasonOf} from '../core/index.ts';
import {Scope} from './scope.ts';

type Values<T extends readonly unknown[]> = {-readonly [K in keyof T]: Awaited<T[K]>};

/**
 * `Promise.all` for work that can be paused and aborted.
 *
 * Use it to do several things at once, all of which must succeed. The executor starts them with an
 * inner signal, which pauses and aborts with `signal`, and also aborts when one of them fails, with
 * an `AbortError` whose `cause` is that error. Use the inner signal only inside: read the body of a
 * fetch there, too. `all` calls the executor at once, even while paused.
 *
 * It waits at no checkpoint of its own. An abort loses the values of the entries that have settled.
 *
 * Settles when all have settled, cleanup included. Resolves with the values in order. Rejects with
 * the first error that is not the abort, else with the signal's reason. An error that the executor
 * throws counts too, and aborts what it had started. With an aborted signal it rejects without
 * calling the executor; on a bad argument it rejects with a `TypeError`.
 *
 * @example
 * ```ts
 * import {all, delay, PausableController} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * const [one, two] = await all(controller.signal, (signal) => [
 * 	delay(signal, 5).then(() => 'one'),
 * 	delay(signal, 1).then(() => 2),
 * ]);
 * one; // => 'one'
 * two; // => 2
 * ```
 */
export function all<T extends readonly unknown[] | []>(
	signal: AbortSignal,
	executor: (innerSignal: PausableSignal) => T,
): Promise<Values<T>>;
export function all<T, E extends T | PromiseLike<T> = T | PromiseLike<T>>(
	signal: AbortSignal,
	executor: (innerSignal: PausableSignal) => Iterable<E>,
): Promise<Awaited<E>[]>;
export async function all<T>(
	signal: AbortSignal,
	executor: (innerSignal: PausableSignal) => Iterable<T>,
): Promise<Awaited<T>[]> {
	expectSignal('signal', signal);
	expectFunction('executor', executor);
	if (signal.aborted) throw reasonOf(signal);
	const scope = new Scope(signal, 'all()');
	const entries = scope.start(executor);
	const values: Awaited<T>[] = [];
	let missing = entries.length;
	await scope.settle(
		entries,
		(value, index) => {
			values[index] = value;
			missing--;
		},
		(error) => scope.fail(error),
	);
	return scope.conclude(missing === 0 ? {value: values} : undefined);
}
