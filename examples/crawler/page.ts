import {type PausableSignal, retry, type RetryOptions} from 'pausable-signal';
import {drop, Failure, readText, request, type Text} from './http.ts';
import {LinkParser} from './links.ts';
import {pageUrl} from './urls.ts';

/** What came of a visit. */
export type Outcome = PageFound | Redirect | NoPage;

export interface PageFound {
	readonly ending: 'page';
	readonly status: number;
	readonly bytes: number;
	readonly title: string | undefined;
	readonly links: readonly string[];
}

export interface Redirect {
	readonly ending: 'redirect';
	readonly status: number;
	readonly to: string;
}

export interface NoPage {
	readonly ending: 'skipped' | 'failed';
	readonly reason: string;
}

export interface PageOptions {
	readonly userAgent: string;
	readonly timeout: number;
	readonly maxBytes: number;
	/** How often a page is asked for at most, when what went wrong may pass. */
	readonly attempts: number;
}

interface Body extends Text {
	readonly ending: 'body';
	readonly status: number;
}

/**
 * Visits one page: fetches it and reads its links. A pause holds it before each request and before
 * the page is read; a request under way ends. Rejects with the signal's reason when aborted, with a
 * {@link Failure} when the page is not to be had.
 */
export async function visit(signal: PausableSignal, url: string, options: PageOptions): Promise<Outcome> {
	const got = await retry(signal, (signal) => fetchOnce(signal, url, options), patience(options));
	if (got.ending !== 'body') return got;
	await signal.checkpoint();
	const parser = new LinkParser(url);
	for (const piece of got.pieces) parser.write(piece);
	return {ending: 'page', status: got.status, bytes: got.bytes, ...parser.end()};
}

/** How to retry what may pass. */
export function patience({attempts}: PageOptions): RetryOptions {
	return {
		baseMs: 200,
		maxAttempts: attempts,
		onError(error) {
			if (!(error instanceof Failure) || !error.isPassing) throw error;
		},
	};
}

async function fetchOnce(
	signal: PausableSignal,
	url: string,
	options: PageOptions,
): Promise<Body | Redirect | NoPage> {
	await signal.checkpoint();
	return request(signal, url, {...options, redirect: 'manual'}, async (response) => {
		const {status} = response;
		const type = mediaType(response);
		if (response.ok && isHtml(type)) {
			const text = await readText(response, options.maxBytes);
			if (text.isCut) throw new Failure(`larger than ${options.maxBytes} bytes`, false);
			return {ending: 'body', status, ...text};
		}
		await drop(response);
		const to = target(response, url);
		if (to !== undefined) return {ending: 'redirect', status, to};
		if (response.ok) return {ending: 'skipped', reason: `not HTML: ${type}`};
		throw new Failure(`HTTP ${status}`, status === 429 || status >= 500);
	});
}

function target({status, headers}: Response, url: string): string | undefined {
	const location = headers.get('location');
	return status >= 300 && status < 400 && location !== null ? pageUrl(location, url) : undefined;
}

function mediaType(response: Response): string {
	const type = response.headers.get('content-type') ?? 'no content type';
	return type.replace(/;.*/, '').trim().toLowerCase();
}

function isHtml(type: string): boolean {
	return type === 'text/html' || type === 'application/xhtml+xml';
}
