import type {PausableSignal} from 'pausable-signal';
import {Failure} from './errors.ts';
import {answers} from './http.ts';
import {type Outcome, type PageOptions, visit} from './page.ts';
import type {Entry} from './pages-table.ts';

/**
 * Visits a page as {@link visit} does, and finds out whose fault it is when nothing comes back. Where the host answers
 * for something else, the page is tried once more, as both may have been away until now, and then the
 * {@link Failure} is the page's own; where it does not, the failure stays `isSilent`, and the page may be well.
 */
export async function visitReachable(
	signal: PausableSignal,
	entry: Entry,
	options: PageOptions,
): Promise<Outcome> {
	const {origin} = new URL(entry.url);
	try {
		return await visit(signal, entry, options);
	} catch (error) {
		if (!isSilent(error) || !(await answers(signal, origin, options))) throw error;
	}
	try {
		return await visit(signal, entry, {...options, attempts: 1});
	} catch (error) {
		if (isSilent(error)) {
			error.isSilent = !(await answers(signal, origin, options));
			error.attempts += options.attempts;
		}
		throw error;
	}
}

function isSilent(error: unknown): error is Failure {
	return error instanceof Failure && error.isSilent;
}
