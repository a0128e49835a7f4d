import type {PausableSignal} from 'pausable-signal';
import robotsParser from 'robots-parser';
import {decode} from './charset.ts';
import {Failure} from './errors.ts';
import {drop, locationOf, request, type RequestOptions, upTo} from './http.ts';
import {retryAfter} from './retry-after.ts';
import {decodeUnreserved, pageUrl} from './urls.ts';

// RFC 9309, 2.5: a crawler must read at least 500 KiB, and may stop there.
const maxBytes = 500 * 1024;
// RFC 9309, 2.3.1.2: it should follow at least five.
const maxRedirects = 5;

// Longer ones are mistakes, or mean to keep everybody out without saying so.
const longestDelay = 24 * 60 * 60 * 1000;

/** What the robots.txt of an origin says to one user agent. */
export interface Rules {
	allows(url: string): boolean;
	/** Why nothing may be visited: the server did not say what may. */
	readonly objection?: string;
	readonly delayMs: number;
	readonly sitemaps: readonly string[];
}

// The package is CommonJS, and its types say otherwise.
const parse = robotsParser as unknown as typeof robotsParser.default;

/** The rules for this user agent in the text of a robots.txt; `url` is where it belongs. */
export function parseRobots(url: string, text: string, userAgent: string): Rules {
	const robots = parse(url, tidy(text));
	const product = productOf(userAgent);
	const sitemaps = robots.getSitemaps().map((sitemap) => pageUrl(sitemap, url));
	return {
		allows: (page) => robots.isAllowed(page, product) ?? true,
		delayMs: Math.min(longestDelay, Math.max(0, 1000 * (robots.getCrawlDelay(product) ?? 0))),
		sitemaps: [...new Set(sitemaps)].filter((sitemap) => sitemap !== undefined),
	};
}

/** What a robots.txt calls a crawler: the first word of its user agent. */
function productOf(text: string): string {
	return /^[a-z_-]+/i.exec(text)?.[0] ?? text;
}

// The parser lets any line end the list of agents at the head of a group; only rules do (RFC 9309, 2.2).
function tidy(text: string): string {
	const groups: string[] = [];
	const rest: string[] = [];
	for (const line of text.split(/\r\n|\r|\n/)) {
		const [, name = '', value = ''] = /^\s*([a-z-]+)\s*:\s*([^#]*)/i.exec(line) ?? [];
		const field = name.toLowerCase();
		if (field === 'user-agent') groups.push(`user-agent: ${productOf(value.trim())}`);
		else if (field === 'allow' || field === 'disallow') groups.push(`${field}: ${decodeUnreserved(value)}`);
		else if (field === 'crawl-delay') groups.push(`${field}: ${value}`);
		// In its own words: a URL may hold what looks like a comment.
		else if (field === 'sitemap') rest.push(line.trim());
	}
	return [...groups, ...rest].join('\n');
}

/**
 * The text of an origin's robots.txt; empty where there is none. Rejects with a {@link Failure} when the
 * server does not say: then nothing may be visited.
 */
export async function fetchRobots(
	signal: PausableSignal,
	origin: string,
	options: RequestOptions,
): Promise<string> {
	let url = `${origin}/robots.txt`;
	for (let redirects = 0; redirects <= maxRedirects; redirects++) {
		const answer = await request(signal, url, options, (response) => readRobots(response, url));
		if ('text' in answer) return answer.text;
		url = answer.to;
	}
	return '';
}

async function readRobots(response: Response, url: string): Promise<{text: string} | {to: string}> {
	const {status, headers} = response;
	if (response.ok) return {text: await readText(response)};
	await drop(response);
	const to = locationOf(response, url);
	if (to !== undefined) return {to};
	if (status >= 500 || status === 429) {
		const until = retryAfter(headers.get('retry-after'), Date.now());
		throw new Failure(`HTTP ${status}`, {isPassing: true, status, until});
	}
	return {text: ''};
}

async function readText(response: Response): Promise<string> {
	let text = '';
	let isCut = false;
	const body = upTo(response, maxBytes, () => {
		isCut = true;
	});
	for await (const piece of decode(body, 'charset=utf-8')) text += piece;
	// The last line may lack its end: half a rule is another rule.
	return isCut ? text.slice(0, text.lastIndexOf('\n') + 1) : text;
}
