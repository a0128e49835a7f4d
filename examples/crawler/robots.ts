import {type PausableSignal, retry, Task} from 'pausable-signal';
import robotsParser from 'robots-parser';
import {drop, Failure, readText, request} from './http.ts';
import {type PageOptions, patience} from './page.ts';
import {decodeUnreserved} from './urls.ts';

// RFC 9309: a crawler must read at least 500 KiB, and may stop there.
const maxBytes = 500 * 1024;

/** Whether a URL of its origin may be visited. */
export type Rules = (url: string) => boolean;

// The package is CommonJS, and its types say otherwise.
const parse = robotsParser as unknown as typeof robotsParser.default;

/** The rules for this user agent in the text of a robots.txt; `url` is where it belongs. */
export function parseRobots(url: string, text: string, userAgent: string): Rules {
	const robots = parse(url, decodeUnreserved(text));
	return (page) => robots.isAllowed(page, userAgent) ?? true;
}

/** The robots.txt of every origin that is asked about, each fetched once. */
export class Robots {
	readonly #signal: PausableSignal;
	readonly #options: PageOptions;
	readonly #rules = new Map<string, Promise<Rules>>();

	constructor(signal: PausableSignal, options: PageOptions) {
		this.#signal = signal;
		this.#options = options;
	}

	/**
	 * Whether the URL may be visited. Rejects with a {@link Failure} when the server does not say:
	 * then nothing of this origin may.
	 */
	async allows(url: string): Promise<boolean> {
		const {origin} = new URL(url);
		let rules = this.#rules.get(origin);
		if (rules === undefined) this.#rules.set(origin, (rules = this.#load(`${origin}/robots.txt`)));
		return (await rules)(url);
	}

	// A task, since it is nobody's step in particular: the first page that asks starts it for all.
	#load(url: string): Promise<Rules> {
		const load = Task.start(({signal}) => loadRules(signal, url, this.#options), {
			signal: this.#signal,
			name: url,
		});
		return load.result;
	}
}

async function loadRules(signal: PausableSignal, url: string, options: PageOptions): Promise<Rules> {
	try {
		return await retry(signal, (signal) => fetchRules(signal, url, options), patience(options));
	} catch (error) {
		if (error instanceof Failure) throw new Failure(`robots.txt: ${error.message}`, false, error);
		throw error;
	}
}

async function fetchRules(signal: PausableSignal, url: string, options: PageOptions): Promise<Rules> {
	await signal.checkpoint();
	return request(signal, url, {...options, redirect: 'follow'}, async (response) => {
		if (response.ok) {
			const {pieces} = await readText(response, maxBytes);
			return parseRobots(url, pieces.join(''), options.userAgent);
		}
		await drop(response);
		if (response.status >= 500 || response.status === 429) throw new Failure(`HTTP ${response.status}`, true);
		return () => true;
	});
}
