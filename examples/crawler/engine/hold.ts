import type {CrawlHold} from '../status.ts';

export function isOver({until}: CrawlHold): boolean {
	return until !== undefined && until <= Date.now();
}

export function dateOf(until: number | undefined): Date | undefined {
	return until === undefined ? undefined : new Date(until);
}

/** As the queue has it: a pause goes on as it began, and one without an end stays without one. */
export function pausedBy(old: CrawlHold | undefined, reason: string, until: Date | undefined): CrawlHold {
	if (old === undefined || isOver(old)) return {reason, since: Date.now(), until: until?.getTime()};
	return {...old, until: old.until === undefined ? undefined : until?.getTime()};
}
