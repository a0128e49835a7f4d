import {type PausableSignal, retry} from 'pausable-signal';
import {Failure} from './errors.ts';
import {decodeText} from './html/charset.ts';
import {type ContentType, contentTypeIn} from './html/content-type.ts';
import {readLinks} from './html/links.ts';
import {drop, locationOf, request, type RequestOptions, upTo} from './http.ts';
import type {Entry} from './pages-table.ts';
import {retryAfter} from './retry-after.ts';
import {productOf} from './robots-rules.ts';
import {readSitemap} from './sitemap.ts';

/** What the answer to one request came to. */
export type Outcome = Found | Redirect | Skipped | Refused;

interface Answer {
	readonly status: number;
	readonly contentType: string | undefined;
	readonly attempts: number;
	/** `performance.now()` milliseconds. */
	readonly askedAt: number;
}

export interface Found extends Answer {
	readonly ending: 'page';
	readonly bytes: number;
	readonly title?: string | undefined;
	readonly canonical?: string | undefined;
	readonly pages: readonly string[];
	readonly sitemaps: readonly string[];
	/** What of it was left out. */
	readonly reason?: string | undefined;
	/** Only with `keepsBody`. */
	readonly body: readonly Uint8Array[];
}

export interface Redirect extends Answer {
	readonly ending: 'redirect';
	readonly to: string;
}

export interface Skipped extends Answer {
	readonly ending: 'skipped';
	readonly reason: string;
}

/** The server wants to be left alone for a while. */
export interface Refused extends Answer {
	readonly ending: 'refused';
	readonly reason: string;
	/** `Date.now()` milliseconds, where it says so. */
	readonly until: number | undefined;
}

export interface PageOptions extends RequestOptions {
	readonly maxBytes: number;
	/** How often a page is asked for at most, when what went wrong may pass. */
	readonly attempts: number;
	/** Milliseconds before the second attempt. */
	readonly retryMs: number;
	readonly obeysNofollow: boolean;
	readonly keepsBody: boolean;
}

/**
 * Visits one page: fetches it and reads its links. Rejects with the signal's reason when aborted, with a
 * {@link Failure} when the page is not to be had.
 */
export function visit(signal: PausableSignal, entry: Entry, options: PageOptions): Promise<Outcome> {
	const once = async (signal: PausableSignal, attempt: number): Promise<Outcome> => {
		const asked = {askedAt: performance.now(), attempts: attempt + 1};
		try {
			return await request(signal, entry.url, options, (response) => read(response, entry, options, asked));
		} catch (error) {
			if (error instanceof Failure) error.attempts = asked.attempts;
			throw error;
		}
	};
	return retry(signal, once, {
		baseMs: options.retryMs,
		maxAttempts: options.attempts,
		onError(error) {
			if (!(error instanceof Failure) || !error.isPassing) throw error;
		},
	});
}

async function read(
	response: Response,
	entry: Entry,
	options: PageOptions,
	asked: {askedAt: number; attempts: number},
): Promise<Outcome> {
	const {status} = response;
	const contentType = response.headers.get('content-type') ?? undefined;
	const answer = {status, contentType, ...asked};
	const type = contentTypeIn(contentType ?? '');
	if (response.ok && entry.kind === 'sitemap')
		return {ending: 'page', ...answer, ...(await readSitemap(response, entry.url)), body: []};
	if (response.ok && type !== undefined && isHtml(type))
		return {ending: 'page', ...answer, ...(await readPage(response, type, entry.url, options))};
	await drop(response);
	if (response.ok)
		return {
			ending: 'skipped',
			...answer,
			reason: `not HTML: ${type?.essence ?? contentType ?? 'no content type'}`,
		};
	const to = locationOf(response, entry.url);
	if (to === entry.url) throw new Failure('redirects to itself', {isPassing: false, status});
	if (to !== undefined) return {ending: 'redirect', ...answer, to};
	const reason = `HTTP ${status}`;
	if (status === 429 || status === 503) {
		const until = retryAfter(response.headers.get('retry-after'), Date.now());
		return {ending: 'refused', ...answer, reason, until};
	}
	throw new Failure(reason, {isPassing: status === 408 || status >= 500, status});
}

async function readPage(response: Response, {charset}: ContentType, url: string, options: PageOptions) {
	const {obeysNofollow, keepsBody, maxBytes, userAgent} = options;
	const chunks: Uint8Array[] = [];
	let bytes = 0;
	for await (const chunk of upTo(response, maxBytes, () => tooLarge(maxBytes))) {
		bytes += chunk.length;
		chunks.push(chunk);
	}
	// Pages that go on together after a pause take turns: else all of them are read before the first one asks
	// for its next page.
	await new Promise((resolve) => setImmediate(resolve));
	const {text, encoding} = decodeText(chunks, charset);
	const {title, links, canonical} = readLinks(text, {
		url,
		encoding,
		obeysNofollow,
		product: productOf(userAgent),
		robotsTag: response.headers.get('x-robots-tag') ?? '',
		refresh: response.headers.get('refresh') ?? '',
	});
	return {bytes, title, canonical, pages: links, sitemaps: [], body: keepsBody ? chunks : []};
}

function tooLarge(maxBytes: number): never {
	throw new Failure(`larger than ${maxBytes} bytes`, {isPassing: false});
}

function isHtml({essence}: ContentType): boolean {
	return essence === 'text/html' || essence === 'application/xhtml+xml';
}
