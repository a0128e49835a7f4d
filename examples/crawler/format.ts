import type {Progress, Summary} from './crawl.ts';
import type {Complaint} from './tally.ts';

/** The one line that a terminal shows. `now` in `Date.now()` milliseconds. */
export function progressLine(progress: Progress, now: number): string {
	const {page, waiting, held, running, failed, pagesPerSecond} = progress;
	return [
		stateText(progress, now),
		`${count(page)} done`,
		`${count(waiting + held)} waiting`,
		`${running} running`,
		`${count(failed)} failed`,
		`${pagesPerSecond.toFixed(1)} pages/s`,
	].join(' | ');
}

function stateText({state, running, hold}: Progress, now: number): string {
	if (state === 'pausing') return `pausing (${running} in flight)`;
	if (state === 'paused' && hold !== undefined)
		return `paused (${String(hold.reason)}, ${clock(now - hold.since)})`;
	return state;
}

function clock(ms: number): string {
	const seconds = Math.floor(ms / 1000);
	const two = (part: number): string => String(part).padStart(2, '0');
	return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}

/** Where it stands, in full. */
export function reportLines(summary: Summary): string[] {
	const {state, page, redirect, skipped, failed, bytes, links} = summary;
	const left = summary.waiting + summary.held + summary.running;
	const {activeSeconds, pausedSeconds, pagesPerSecond} = summary;
	return [
		`${state}: ${count(page)} pages, ${count(redirect)} redirects, ${count(skipped)} skipped, ${count(failed)} failed, ${count(left)} left`,
		`${(bytes / 1e6).toFixed(2)} MB, ${count(links)} links, ${activeSeconds.toFixed(1)} s active, ${pausedSeconds.toFixed(1)} s paused, ${pagesPerSecond.toFixed(1)} pages/s`,
		...complaintLines('failed', summary.failures),
		...complaintLines('skipped', summary.skips),
	];
}

function complaintLines(title: string, complaints: readonly Complaint[]): string[] {
	return complaints.map(({reason, count: times, url}) => `  ${title} ${times} x ${reason}, first ${url}`);
}

function count(value: number): string {
	return value.toLocaleString('en');
}
