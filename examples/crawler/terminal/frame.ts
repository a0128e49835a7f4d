import {
	clock,
	count,
	holdText,
	hostHoldText,
	left,
	megabytes,
	shareOf,
	stateText,
	underWayText,
} from '../format.ts';
import type {CrawlState, CrawlStatus, HostStatus, PageRecord} from '../status.ts';
import {flow, type Span, span, type Style} from './style.ts';
import {fit, pad, plain, readableUrl, widthOf} from './text.ts';

/** What a frame shows, apart from the crawl's status. */
export interface FrameOptions {
	readonly columns: number;
	readonly rows: number;
	/** The hosts in the order of their digits; nothing where one has gone. */
	readonly hosts: readonly (HostStatus | undefined)[];
	/** `Date.now()` milliseconds. */
	readonly now: number;
	readonly hasKeys: boolean;
	readonly hasColors: boolean;
}

const stateStyles: Record<CrawlState, Style> = {
	idle: 'dim',
	running: 'green',
	pausing: 'yellow',
	paused: 'yellow',
	stopping: 'yellow',
	completed: 'green',
	stopped: 'yellow',
	failed: 'red',
};

/** The lines of a frame: not more of them than the terminal has. */
export function frameLines(status: CrawlStatus, options: FrameOptions): Span[][] {
	const {columns, rows, hasKeys} = options;
	const head = [...stateLines(status, options), ...countLines(status, columns)];
	const [page] = status.lastPages;
	const foot = [
		...(page === undefined ? [] : [pageLine(page, columns)]),
		...(hasKeys ? [keyLine(columns)] : []),
	];
	const room = rows - 1 - head.length - foot.length;
	const hosts = hostLines(status, options).slice(0, Math.max(0, room));
	return [...head, ...hosts, ...foot].slice(0, Math.max(1, rows - 1));
}

function stateLines(status: CrawlStatus, {now, columns, hasColors}: FrameOptions): Span[][] {
	const {state, counts, activeMs, etaMs, holds} = status;
	const isTimed = state === 'running' && etaMs !== undefined && left(counts) > 0;
	const more = holds.slice(1).map((hold) => span(`also ${plain(holdText(hold, now))}`, 'yellow'));
	const parts = [
		[span(plain(stateText(status, now)), stateStyles[state])],
		...more.map((hold) => [hold]),
		[span('active '), span(clock(activeMs), 'bold')],
		...(isTimed ? [[span('ETA '), span(clock(etaMs), 'bold')]] : []),
	];
	return [...flow(parts, columns), barLine(status, Math.min(columns, 60), hasColors)];
}

// Only what is known now: a crawl finds most of its work on the way.
function barLine(status: CrawlStatus, columns: number, hasColors: boolean): Span[] {
	const share = shareOf(status);
	const width = Math.max(1, columns - 5);
	const filled = Math.floor(share * width);
	const percent = `${String(Math.floor(100 * share)).padStart(3)} %`;
	return [
		span((hasColors ? ' ' : '#').repeat(filled), 'filled'),
		span((hasColors ? ' ' : '-').repeat(width - filled), 'unfilled'),
		span(percent),
	];
}

function countLines({counts, pagesPerSecond, bytesPerSecond}: CrawlStatus, columns: number): Span[][] {
	const {done, waiting, running, held, failed, skipped, redirected} = counts;
	const part = (value: string, label: string, style: Style = 'bold'): Span[] => [
		span(value, style),
		span(` ${label}`),
	];
	return flow(
		[
			part(count(done), 'done'),
			part(count(waiting), 'waiting'),
			part(count(running), 'in flight'),
			...(held > 0 ? [part(count(held), 'held')] : []),
			part(count(failed), 'failed', failed > 0 ? 'red' : 'bold'),
			...(skipped > 0 ? [part(count(skipped), 'skipped')] : []),
			...(redirected > 0 ? [part(count(redirected), 'redirects')] : []),
			part(pagesPerSecond.toFixed(1), 'pages/s'),
			part(megabytes(bytesPerSecond).replace(' MB', ''), 'MB/s'),
		],
		columns,
	);
}

function hostLines({hostCount}: CrawlStatus, options: FrameOptions): Span[][] {
	const {hosts, columns, hasKeys} = options;
	const width = Math.min(
		Math.max(8, ...hosts.map((host) => (host === undefined ? 0 : widthOf(host.host)))),
		Math.max(8, Math.floor(columns / 3)),
	);
	const shown = hosts.filter((host) => host !== undefined).length;
	const lines = hosts.flatMap((host, index) =>
		host === undefined
			? []
			: [hostLine(host, {digit: hasKeys ? index + 1 : undefined, width, now: options.now})],
	);
	const more = hostCount - shown;
	if (more > 0) lines.push([span(`  and ${count(more)} more host${more === 1 ? '' : 's'}`, 'dim')]);
	return lines;
}

interface HostLineOptions {
	readonly digit: number | undefined;
	readonly width: number;
	readonly now: number;
}

function hostLine(host: HostStatus, {digit, width, now}: HostLineOptions): Span[] {
	const {done, waiting, failed, holds} = host;
	return [
		span(digit === undefined ? '  ' : `${digit} `, 'cyan'),
		span(`${pad(plain(host.host), width)} `),
		...holds.map((hold) => span(`${plain(hostHoldText(hold, now))}; `, 'yellow')),
		span(`${count(done)} done, ${count(waiting)} waiting, ${underWayText(host)}`),
		...(failed > 0 ? [span(', '), span(`${count(failed)} failed`, 'red')] : []),
	];
}

function pageLine({ending, status, url, title, error}: PageRecord, columns: number): Span[] {
	const mark = status ?? ending;
	const style = ending === 'failed' ? 'red' : ending === 'page' ? 'green' : 'cyan';
	const rest = error ?? title ?? '';
	const address = fit(readableUrl(url), rest === '' ? columns : Math.max(20, Math.floor(columns / 2)));
	return [span(`${mark} `, style), span(address), span(rest === '' ? '' : `  ${plain(rest)}`, 'dim')];
}

function keyLine(columns: number): Span[] {
	const keys = 'p pause  r resume  1-9 a host  s status  q finish  h help';
	return [span(columns < keys.length ? 'p r s q h' : keys, 'dim')];
}
