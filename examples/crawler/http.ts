import {deadline, isAbortOf, type PausableSignal} from 'pausable-signal';

export interface RequestOptions {
	readonly userAgent: string;
	/** Milliseconds for headers and body together. Paused time does not count. */
	readonly timeout: number;
	readonly redirect: 'follow' | 'manual';
}

/** Why a page could not be had, in a few words that also serve to count by. */
export class Failure extends Error {
	override readonly name = 'Failure';
	/** Whether another try may help. */
	readonly isPassing: boolean;

	constructor(reason: string, isPassing: boolean, cause?: unknown) {
		super(reason, {cause});
		this.isPassing = isPassing;
	}
}

/**
 * Fetches a URL and gives the response to `read`, within the timeout. Rejects with the signal's
 * reason when aborted, with a {@link Failure} when the network or the server is at fault.
 */
export async function request<T>(
	signal: PausableSignal,
	url: string,
	{timeout, userAgent, redirect}: RequestOptions,
	read: (response: Response) => Promise<T>,
): Promise<T> {
	const limited = deadline(signal, timeout);
	try {
		const headers = {'user-agent': userAgent, accept: 'text/html, application/xhtml+xml;q=0.9, */*;q=0.1'};
		return await read(await fetch(url, {signal: limited, redirect, headers}));
	} catch (error) {
		if (isAbortOf(signal, error)) throw error;
		if (isAbortOf(limited, error)) throw new Failure('timed out', true, error);
		throw networkFailure(error) ?? error;
	}
}

/** Says that nobody wants the body: its connection is free again. */
export async function drop(response: Response): Promise<void> {
	await response.body?.cancel();
}

export interface Text {
	readonly pieces: readonly string[];
	readonly bytes: number;
	/** Whether the body is longer than what was read. */
	readonly isCut: boolean;
}

/** Reads the body as text in its declared charset, `maxBytes` of it at most. */
export async function readText(response: Response, maxBytes: number): Promise<Text> {
	const decoder = decoderFor(response.headers.get('content-type') ?? '');
	const pieces: string[] = [];
	let bytes = 0;
	for await (const chunk of response.body ?? []) {
		const room = maxBytes - bytes;
		pieces.push(decoder.decode(chunk.subarray(0, room), {stream: true}));
		bytes += Math.min(chunk.length, room);
		// Leaving the loop cancels the body.
		if (chunk.length > room) return {pieces, bytes, isCut: true};
	}
	pieces.push(decoder.decode());
	return {pieces, bytes, isCut: false};
}

function decoderFor(contentType: string): TextDecoder {
	const charset = /;\s*charset="?([^\s";]+)/i.exec(contentType)?.[1] ?? 'utf-8';
	try {
		return new TextDecoder(charset);
	} catch {
		return new TextDecoder();
	}
}

// fetch tells network errors as a TypeError with a cause; a TypeError without one is a mistake of ours.
function networkFailure(error: unknown): Failure | undefined {
	const {name, cause} = error as {name?: string; cause?: {code?: string; message?: string}};
	if (name !== 'TypeError' || cause === undefined) return undefined;
	return new Failure(cause.code ?? cause.message ?? 'network error', true, error);
}
