import {TransferError, type TransferErrorCode} from './errors.ts';

/** What went wrong with a connection or with the resource. The last one becomes the error. */
export interface Failure {
	readonly code: TransferErrorCode;
	readonly fault: string;
	readonly status?: number | undefined;
	readonly cause?: unknown;
	/** Somebody else may have answered, so it proves nothing. */
	readonly isUnproven?: boolean | undefined;
}

const unproven = new WeakSet<object>();

/** Whether the only evidence for an ERR_CHANGED is an answer that names no version. */
export function isUnproven(error: object): boolean {
	return unproven.has(error);
}

export const truncated: Failure = {code: 'ERR_TRUNCATED', fault: 'the server ended the body'};
export const excess: Failure = {
	code: 'ERR_BAD_RANGE',
	fault: 'the server sent more bytes than there are',
};

export function lost(cause: unknown): Failure {
	return {code: 'ERR_CONNECTION_LOST', fault: 'the connection was lost', cause};
}

export function silent(ms: number): Failure {
	return {code: 'ERR_IDLE_TIMEOUT', fault: `nothing came for ${ms} ms`};
}

/** Where a transfer stands when it fails. */
export interface Place {
	readonly url: string;
	readonly offset: number;
	readonly total: number | undefined;
}

/** The error for the caller; `obstacle` says why the transfer cannot be resumed. */
export function errorOf(
	{code, fault, status, cause, isUnproven = false}: Failure,
	place: Place,
	obstacle: string,
): TransferError {
	const isLost = code === 'ERR_CONNECTION_LOST' || code === 'ERR_TRUNCATED' || code === 'ERR_IDLE_TIMEOUT';
	const message = isLost ? `${fault}; it cannot be resumed: ${obstacle}` : fault;
	const error = new TransferError(code, message, {...place, status, cause});
	if (isUnproven) unproven.add(error);
	return error;
}
