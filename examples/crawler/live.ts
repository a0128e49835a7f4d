import type {EventEmitter} from 'node:events';
import type {CrawlControls, CrawlEvents, CrawlStatus} from './status.ts';

/** A crawl in this process: what is shown and controlled. */
export interface LiveCrawl extends CrawlControls {
	readonly on: EventEmitter<CrawlEvents>['on'];
	readonly off: EventEmitter<CrawlEvents>['off'];
}

/** Whether there is nothing to control any more. */
export function hasEnded({state}: CrawlStatus): boolean {
	return state === 'completed' || state === 'stopped' || state === 'failed';
}
