import type {PausableSignal} from 'pausable-signal';
import {Failure} from './errors.ts';
import {decodeText} from './html/charset.ts';
import {drop, locationOf, request, type RequestOptions, upTo} from './http.ts';
import {retryAfter} from './retry-after.ts';

// RFC 9309, 2.5: a crawler must read at least 500 KiB, and may stop there.
const maxBytes = 500 * 1024;
// RFC 9309, 2.3.1.2: it should follow at least five.
const maxRedirects = 5;

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
	const chunks: Uint8Array[] = [];
	let isCut = false;
	const body = upTo(response, maxBytes, () => {
		isCut = true;
	});
	for await (const chunk of body) chunks.push(chunk);
	const {text} = decodeText(chunks, 'utf-8');
	// The last line may lack its end: half a rule is another rule.
	return isCut ? text.slice(0, text.lastIndexOf('\n') + 1) : text;
}
