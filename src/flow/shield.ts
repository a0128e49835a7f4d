import {
	expectBoolean,
	expectFunction,
	expectMilliseconds,
	expectOptions,
	expectSignal,
	follow,
	isPausable,
	outOfRange,
	PausableController,
	PausableSignal,
	reasonOf,
	retire,
	Timer,
} from '../core/index.ts';

/** Options of {@link shield}. */
export interface ShieldOptions {
	/** Whether the function is shielded from pauses. Default: `true`. */
	readonly pause?: boolean | undefined;
	/** Whether the function is shielded from the abort. Default: `true`. */
	readonly abort?: boolean | undefined;
	/** Milliseconds of wall-clock time after the abort until it is passed on anyway. Default: never. */
	readonly grace?: number | undefined;
}

/**
 * Runs a function that must not be paused or aborted half-way.
 *
 * Use it for code that would leave things broken if it stopped in the middle, such as a transaction,
 * and for cleanup: it runs even when the signal has already aborted. The function gets a signal that
 * neither pauses nor aborts with `signal`. With `{pause: false}` it still pauses with `signal`, until
 * that aborts; with `{abort: false}` it still aborts with `signal`. With a `grace` it aborts that many
 * milliseconds after `signal`, with the same reason.
 *
 * It is no checkpoint, and an abort loses nothing.
 *
 * Resolves with the function's value and rejects with its error, whatever happened to `signal` in the
 * meantime: check the signal afterwards. Rejects with a `TypeError` or `RangeError` on a bad argument.
 *
 * @example
 * ```ts
 * import {delay, PausableController, shield} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * const {signal} = controller;
 * const saved = shield(signal, async (inner) => {
 * 	await delay(inner, 5);
 * 	return 'saved';
 * });
 * controller.abort();
 * await saved; // => 'saved'
 * ```
 */
export async function shield<T>(
	signal: AbortSignal,
	fn: (signal: PausableSignal) => T | PromiseLike<T>,
	options?: ShieldOptions,
): Promise<T> {
	expectSignal('signal', signal);
	expectFunction('fn', fn);
	const {pause, abort, grace} = expectShieldOptions(options);
	const late = new PausableController();
	const shielded = PausableSignal.any([abort ? late.signal : signal], {
		pause: !pause && isPausable(signal) ? (signal as PausableSignal) : [],
	});
	const end = afterAbort(signal, grace, () => late.abort(reasonOf(signal)));
	try {
		return await fn(shielded);
	} finally {
		end();
		retire(shielded);
	}
}

// Wall-clock time is right here: an aborted signal is never paused.
function afterAbort(signal: AbortSignal, ms: number, callback: () => void): () => void {
	if (ms === Infinity) return () => {};
	let timer: Timer | undefined;
	const begin = (): void => {
		timer = new Timer(callback, ms);
	};
	const unfollow = follow(signal, {abort: begin});
	if (signal.aborted) begin();
	return () => {
		unfollow();
		timer?.cancel();
	};
}

function expectShieldOptions(options: ShieldOptions | undefined): Required<{
	[K in keyof ShieldOptions]: NonNullable<ShieldOptions[K]>;
}> {
	expectOptions('options', options, '{pause, abort, grace}');
	const {pause = true, abort = true, grace = Infinity} = options ?? {};
	expectBoolean('pause', pause);
	expectBoolean('abort', abort);
	expectMilliseconds('grace', grace);
	if (!abort && options?.grace !== undefined)
		throw outOfRange('grace', 'none with {abort: false}, which passes the abort on at once', grace);
	return {pause, abort, grace};
}
