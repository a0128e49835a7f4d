import type {EventEmitter} from 'node:events';
import type {CrawlControls, CrawlEvents} from './status.ts';

/** A crawl in this process: what is shown and controlled. */
export interface LiveCrawl extends CrawlControls {
	readonly on: EventEmitter<CrawlEvents>['on'];
	readonly off: EventEmitter<CrawlEvents>['off'];
}
