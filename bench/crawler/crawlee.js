// Crawlee's crawler for pages without scripts, asked for what ours does: every page of one host, its title
// kept, robots.txt obeyed.
//
// node crawlee.js URL CONCURRENCY, forked. Takes the messages 'pause', answered when nothing moves, and
// 'resume', answered with the time. Ends with the message {found}.
import {CheerioCrawler} from '@crawlee/cheerio';

const [url = '', concurrency = ''] = process.argv.slice(2);
let found = 0;

const crawler = new CheerioCrawler({
	// Both alike, so that no load of the machine makes it slow down.
	minConcurrency: Number(concurrency),
	maxConcurrency: Number(concurrency),
	respectRobotsTxtFile: true,
	async requestHandler({request, response, $, enqueueLinks, pushData}) {
		if (response.statusCode !== 200) return;
		found++;
		await pushData({url: request.url, title: $('title').text()});
		// Ours obeys nofollow.
		await enqueueLinks({strategy: 'same-hostname', selector: 'a:not([rel~="nofollow"])'});
	},
});

process.on('message', (message) => {
	const pool = crawler.autoscaledPool;
	if (message === 'pause') {
		void pool?.pause().then(() => process.send?.('paused'));
	} else {
		const at = Number(process.hrtime.bigint()) / 1e6;
		pool?.resume();
		process.send?.(at);
	}
});

await crawler.run([url]);
process.send?.({found});
process.disconnect?.();
