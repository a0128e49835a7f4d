import process from 'node:process';
import {Crawl} from '../../examples/crawler/engine/crawl.ts';
import type {CrawlOptions} from '../../examples/crawler/engine/settings.ts';

/** What a crawl in a process of its own says. */
export type Word = {readonly page: string} | {readonly paused: boolean};

interface Job {
	readonly options: CrawlOptions;
	/** Pauses at random moments, on average once per this many pages; 0 for none. */
	readonly pauseEvery: number;
}

const {options, pauseEvery} = JSON.parse(process.argv[2] ?? '') as Job;
const crawl = await Crawl.open(options);
const say = (word: Word): void => void process.send?.(word);

crawl.on('page', ({url}) => say({page: url}));
if (pauseEvery > 0) {
	crawl.on('page', () => {
		if (Math.random() * pauseEvery < 1) void pauseForAMoment();
	});
	// It may have been killed while it was paused.
	void pauseForAMoment();
}

async function pauseForAMoment(): Promise<void> {
	const isPaused = crawl.pause('a moment');
	say({paused: true});
	setTimeout(() => crawl.resume(), Math.random() * 10);
	await isPaused;
}

await crawl.run();
process.disconnect?.();
