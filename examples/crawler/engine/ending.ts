import type {Outcome} from './page.ts';
import type {Ended, Entry} from './pages-table.ts';

/** A page that was not had. */
export interface Unvisited {
	readonly ending: 'skipped' | 'failed';
	readonly status: number | undefined;
	readonly contentType: undefined;
	readonly attempts: number;
	readonly reason: string;
}

/** Its host gives no answer to anything: the page waits on. */
export interface Silent {
	readonly ending: 'silent';
	readonly reason: string;
	/** `performance.now()` milliseconds. */
	readonly askedAt: number;
}

export interface Visit {
	readonly entry: Entry;
	readonly fetchedAt: Date;
	/** Active milliseconds. */
	readonly ms: number;
	/** The file of the body, in the crawl's folder. */
	readonly body: string | undefined;
}

/** What is kept of a visit. */
export function endedWith(outcome: Outcome | Unvisited, {entry, fetchedAt, ms, body}: Visit): Ended {
	const {status, contentType, attempts} = outcome;
	const all = {status, contentType, attempts, fetchedAt: fetchedAt.toISOString(), ms: Math.round(ms), body};
	const none = {finalUrl: undefined, bytes: undefined, title: undefined, error: undefined};
	const nowhere = {pages: [], sitemaps: []};
	switch (outcome.ending) {
		case 'page': {
			const {bytes, title, canonical, pages, sitemaps, reason} = outcome;
			const result = {bytes, title, finalUrl: canonical, error: reason, pages, sitemaps};
			return {ending: 'page', ...all, ...none, ...result};
		}
		case 'redirect':
			return {
				ending: 'redirect',
				...all,
				...none,
				...nowhere,
				finalUrl: outcome.to,
				...leadingTo(outcome.to, entry),
			};
		default: {
			const ending = outcome.ending === 'skipped' ? 'skipped' : 'failed';
			return {ending, ...all, ...none, ...nowhere, error: outcome.reason};
		}
	}
}

/** A visit with a result that the store does not take. */
export function unkept(ended: Ended, why: string): Ended {
	const {status, attempts, fetchedAt, ms} = ended;
	const none = {
		finalUrl: undefined,
		contentType: undefined,
		bytes: undefined,
		title: undefined,
		body: undefined,
	};
	const error = `could not be kept: ${why}`;
	return {ending: 'failed', status, attempts, fetchedAt, ms, ...none, pages: [], sitemaps: [], error};
}

function leadingTo(to: string, {kind}: Entry): Partial<Pick<Ended, 'pages' | 'sitemaps'>> {
	return kind === 'page' ? {pages: [to]} : {sitemaps: [to]};
}
