import {expectFunction, expectSignal, type PausableSignal, reasonOf} from '../core/index.ts';
import {type Result, Scope} from './scope.ts';

/**
 * `Promise.race` for work that can be paused and aborted.
 *
 * Use it for alternatives, such as an answer or a time limit. The executor starts them with an inner
 * signal, which pauses and aborts with `signal`, and also aborts when the first of them settles.
 * Otherwise the inner signal and the executor are as in {@link all}.
 *
 * It waits at no checkpoint of its own. An abort before the first has settled loses nothing; the
 * values of the others are always lost.
 *
 * Settles when all have settled, cleanup included. Resolves or rejects as the first one did, unless a
 * loser fails with an error that is not the abort: then it rejects with that error. Rejects with the
 * signal's reason when the abort came first. Rejects with a `RangeError` when there is nothing to
 * race, as it would never settle. Rejects with a `TypeError` on a bad argument.
 *
 * @example
 * ```ts
 * import {delay, PausableController, race} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * const winner = await race(controller.signal, (signal) => [
 * 	delay(signal, 1).then(() => 'hare'),
 * 	delay(signal, 60_000).then(() => 'tortoise'),
 * ]);
 * winner; // => 'hare'
 * ```
 */
export async function race<T>(
	signal: AbortSignal,
	executor: (innerSignal: PausableSignal) => Iterable<T>,
): Promise<Awaited<T>> {
	expectSignal('signal', signal);
	expectFunction('executor', executor);
	if (signal.aborted) throw reasonOf(signal);
	const scope = new Scope(signal, 'race()');
	const entries = scope.start(executor);
	let first: Result<Awaited<T>> | 'an error' | undefined;
	if (entries.length === 0) scope.fail(nothingToRace());
	await scope.settle(
		entries,
		(value) => {
			first ??= {value};
			scope.abort('race() has a winner');
		},
		(error) => {
			first ??= 'an error';
			scope.fail(error);
		},
	);
	return scope.conclude(first === 'an error' ? undefined : first);
}

function nothingToRace(): RangeError {
	return new RangeError('executor: expected one promise or more to race, got none');
}
