import type {CrawlControls} from '../status.ts';
import type {Answer, Request} from './protocol.ts';

/** Does what a request asks for, and gives each answer when it is known. */
export async function perform(
	crawl: CrawlControls,
	request: Request,
	reply: (answer: Answer) => void,
): Promise<void> {
	try {
		const work = start(crawl, request);
		if (typeof work !== 'boolean') reply({ok: true, isDone: false, hasWorked: true, status: crawl.status});
		const hasWorked = await work;
		reply({ok: true, isDone: true, hasWorked, status: crawl.status});
	} catch (error) {
		reply({ok: false, error: error instanceof Error ? error.message : String(error)});
	}
}

function start(crawl: CrawlControls, request: Request): Promise<boolean> | boolean {
	switch (request.command) {
		case 'status':
			return true;
		case 'pause': {
			const {host, until, reason = 'user'} = request;
			return crawl.pause(reason, {host, until: until === undefined ? undefined : new Date(until)});
		}
		case 'resume':
			return crawl.resume({host: request.host});
		default:
			return (request.now === true ? crawl.stop('stopped from outside') : crawl.finish()).then(() => true);
	}
}
