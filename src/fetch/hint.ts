interface Process {
	readonly env?: Readonly<Record<string, string | undefined>>;
	emitWarning?(message: string, options: {readonly code: string}): void;
}

let isGiven = false;

/**
 * Warns once during development that a pause does not reach a Request: the platform gives it a signal of
 * its own, which only aborts, and does not say which signal it was made with.
 */
export function hintAtRequest(): void {
	const {process} = globalThis as {process?: Process};
	if (isGiven || process?.env?.['NODE_ENV'] === 'production') return;
	isGiven = true;
	process?.emitWarning?.(
		'pausableFetch(): the signal of a Request aborts and never pauses. Pass it again: pausableFetch(request, {signal})',
		{code: 'PAUSABLE_SIGNAL_REQUEST'},
	);
}
