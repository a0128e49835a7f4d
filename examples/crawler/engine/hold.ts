import type {CrawlHold} from '../status.ts';
import type {BackOffHold} from './hosts-table.ts';

export function isOver({until}: CrawlHold): boolean {
	return until !== undefined && until <= Date.now();
}

export function dateOf(until: number | undefined): Date | undefined {
	return until === undefined ? undefined : new Date(until);
}

/** As the queue has it: a pause goes on as it began, and one without an end stays without one. */
export function userPause(old: CrawlHold | undefined, reason: string, until: Date | undefined): CrawlHold {
	if (old === undefined || isOver(old))
		return {by: 'user', reason, since: Date.now(), until: until?.getTime()};
	return {...old, until: old.until === undefined ? undefined : until?.getTime()};
}

/** What holds a host, the user's pause first. */
export function shownHolds(pause: CrawlHold | undefined, backOff: BackOffHold | undefined): CrawlHold[] {
	return [pause, backOff]
		.filter((hold) => hold !== undefined)
		.filter((hold) => !isOver(hold))
		.map(({by, reason, since, until}) => ({by, reason, since, until}));
}
