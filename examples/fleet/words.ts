import type {FleetReport, FleetStatus, RemoteHoldInfo} from 'pausable-signal/remote';
import {clock, count, moment} from '../crawler/format.ts';
import type {HostCounts} from './frontier.ts';

export type Hold = RemoteHoldInfo;

/** All hosts together. */
export function sumOf(hosts: readonly HostCounts[]): HostCounts {
	const sum = {host: 'all', waiting: 0, page: 0, redirect: 0, skipped: 0, failed: 0};
	for (const one of hosts) {
		sum.waiting += one.waiting;
		sum.page += one.page;
		sum.redirect += one.redirect;
		sum.skipped += one.skipped;
		sum.failed += one.failed;
	}
	return sum;
}

/** `142 pages, 38 waiting, 2 failed` */
export function countsText({page, waiting, failed, skipped, redirect}: HostCounts): string {
	const parts = [plural(page, 'page'), `${count(waiting)} waiting`];
	if (failed > 0) parts.push(`${count(failed)} failed`);
	if (skipped > 0) parts.push(`${count(skipped)} skipped`);
	if (redirect > 0) parts.push(plural(redirect, 'redirect'));
	return parts.join(', ');
}

/** `example.org`, or `everything`. */
export function placeOf({scope}: Hold): string {
	return scope === '*' ? 'everything' : scope.replace(/^set:/, '');
}

/** `paused by ops:4711: lunch`, `held until 22:00:00: HTTP 429` */
export function holdText({reason, until, by}: Hold, now: number): string {
	const why = reason === undefined ? '' : `: ${typeof reason === 'string' ? reason : JSON.stringify(reason)}`;
	return until === undefined ? `paused by ${by}${why}` : `held until ${moment(until, now)}${why}`;
}

/** `nothing moves: 3 hosts parked in 2 processes`, or what still does. */
export function reportText({quiet, workers, parked, late, moving}: FleetReport): string {
	if (workers === 0 && quiet) return 'no process is at work, and the next one obeys';
	if (quiet) return `nothing moves: ${plural(parked, 'host')} parked in ${plural(workers, 'process')}`;
	const moves = moving.map(({set, worker}) => `${set ?? 'a host'} in ${worker}`);
	const parts = [...moves, ...late.map((worker) => `${worker} has not taken the order`)];
	return `still moving: ${parts.join(', ') || 'not known yet'}. The order stays; ask again`;
}

/** `localhost:6379`: the URL of a Redis may have a password. */
export function serverOf(url: string): string {
	return new URL(url).host;
}

export function plural(value: number, noun: string): string {
	return `${count(value)} ${noun}${value === 1 ? '' : noun.endsWith('s') ? 'es' : 's'}`;
}

/** What `status` prints. */
export function statusLines(hosts: readonly HostCounts[], status: FleetStatus, now: number): string[] {
	const held = (name: string): readonly Hold[] => status.holds.filter((hold) => placeOf(hold) === name);
	const width = Math.max(...hosts.map(({host}) => host.length));
	const lineOf = (one: HostCounts): string => {
		const holds = held(one.host).map((hold) => `; ${holdText(hold, now)}`);
		return `  ${one.host.padEnd(width)}  ${countsText(one)}${holds.join('')}`;
	};
	const whole = held('everything').map((hold) => `everything is ${holdText(hold, now)}`);
	const workers = plural(status.workers.length, 'process');
	return [`${workers} at work: ${countsText(sumOf(hosts))}`, ...whole, ...hosts.map(lineOf)];
}

/** `00:12  142 pages, 38 waiting, 12.5 pages/s` */
export function progressText(sum: HostCounts, ms: number, pagesPerSecond: number): string {
	return `${clock(ms)}  ${countsText(sum)}, ${pagesPerSecond.toFixed(1)} pages/s`;
}
