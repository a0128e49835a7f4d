import type {CrawlCounts, CrawlHold, CrawlStatus, HostStatus} from './status.ts';

/** `1,234` */
export function count(value: number): string {
	return value.toLocaleString('en');
}

/** `02:05`, or `1:02:05` */
export function clock(ms: number): string {
	const seconds = Math.max(0, Math.floor(ms / 1000));
	const two = (part: number): string => String(part).padStart(2, '0');
	const hours = Math.floor(seconds / 3600);
	const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
	return hours > 0 ? `${hours}:${rest}` : rest;
}

/** `1.20 MB` */
export function megabytes(bytes: number): string {
	return `${(bytes / 1e6).toFixed(2)} MB`;
}

/** `22:00:00`, with the date where it is not today. */
export function moment(at: number, now: number): string {
	const text = (ms: number): string => {
		// In Swedish the order is that of ISO 8601.
		return new Date(ms).toLocaleString('sv');
	};
	const [day = '', time = ''] = text(at).split(' ');
	return text(now).startsWith(day) ? time : `${day} ${time}`;
}

/** `user, 00:42` since it is held, `HTTP 429, until 22:00:00, 00:18 left` where there is an end. */
export function holdText({reason, since, until}: CrawlHold, now: number): string {
	const end = until === undefined ? '' : `, until ${moment(until, now)}, ${clock(until - now)} left`;
	return until === undefined ? `${reason}, ${clock(now - since)}` : reason + end;
}

/** `running`, `pausing (3 in flight)`, `paused (user, 00:42)`; `now` in `Date.now()` milliseconds. */
export function stateText({state, counts, holds: [hold]}: CrawlStatus, now: number): string {
	if (state === 'pausing' || state === 'stopping') return `${state} (${counts.running} in flight)`;
	return state === 'paused' && hold !== undefined ? `paused (${holdText(hold, now)})` : state;
}

/** Visits that are still to be made. */
export function left({waiting, running, held}: CrawlCounts): number {
	return waiting + running + held;
}

/** The part of the way that is known to be behind it, from 0 to 1: the crawl ends with its limit, or when nothing is left. */
export function shareOf({counts, maxPages = Infinity}: CrawlStatus): number {
	const {done, redirected, skipped, failed} = counts;
	const ended = done + redirected + skipped + failed;
	return Math.min(1, Math.max(ended / Math.max(1, ended + left(counts)), done / maxPages));
}

/** `paused: user, 00:42` where a user holds a host, `held: HTTP 429, until 22:00:00, 00:18 left` where it asked for it. */
export function hostHoldText(hold: CrawlHold, now: number): string {
	return `${hold.by === 'user' ? 'paused' : 'held'}: ${holdText(hold, now)}`;
}

/** `2 in flight`, `2 held` */
export function underWayText({running, held}: HostStatus): string {
	return held > 0 ? `${held} held` : `${running} in flight`;
}

/** `12 done, 3 waiting, 2 held, 1 failed; held: HTTP 429, until 22:00:00, 00:18 left` */
export function hostText(host: HostStatus, now: number): string {
	const {done, waiting, failed, holds} = host;
	const counts = `${count(done)} done, ${count(waiting)} waiting, ${underWayText(host)}, ${count(failed)} failed`;
	return [counts, ...holds.map((hold) => hostHoldText(hold, now))].join('; ');
}

/** Hosts that this run left alone, as they gave no answer. */
export function silentLines({hosts}: CrawlStatus, now: number): string[] {
	const silent = hosts.filter(({holds}) =>
		holds.some(({by, until}) => by === 'server' && until === undefined),
	);
	return silent.map((host) => `  ${host.host}: ${hostText(host, now)}`);
}

/** Where it stands, in full. */
export function reportLines(status: CrawlStatus, now: number): string[] {
	const {counts, activeMs, pausedMs, pagesPerSecond, bytesPerSecond, etaMs, hosts, hostCount, sitemaps} =
		status;
	const {done, redirected, skipped, failed, bytes, links} = counts;
	const speed = `${pagesPerSecond.toFixed(1)} pages/s, ${megabytes(bytesPerSecond)}/s`;
	const isUnderWay = ['running', 'pausing', 'paused'].includes(status.state);
	const eta = etaMs === undefined || !isUnderWay ? '' : `, ETA ${clock(etaMs)}`;
	return [
		`${stateText(status, now)}: ${count(done)} done, ${count(left(counts))} left (${counts.running} in flight, ${counts.held} held), ${count(failed)} failed, ${count(skipped)} skipped, ${count(redirected)} redirects`,
		`${megabytes(bytes)}, ${count(links)} links` +
			(activeMs === 0
				? ''
				: `; ${clock(activeMs)} active, ${clock(pausedMs)} paused in this run, ${speed}${eta}`),
		...hosts.map((host) => `  ${host.host}: ${hostText(host, now)}`),
		...(hostCount > hosts.length ? [`  and ${count(hostCount - hosts.length)} more hosts`] : []),
		...sitemaps.map(({url, error}) => `  sitemap ${url}: ${error}`),
	];
}
