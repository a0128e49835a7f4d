import {type DemoPage, type DemoSite, plainPage} from './site.ts';
import {dice, headline} from './words.ts';

const stalls = 9;
const goodsPerStall = 6;

/** A busy market: it answers 429 to who asks too often, and writes ISO 8859-1. */
export function market(): DemoSite {
	const pages = new Map<string, DemoPage>();
	const add = (page: DemoPage): void => void pages.set(page.path, page);
	const numbers = (count: number): number[] => Array.from({length: count}, (_, index) => index + 1);
	const stallPath = (stall: number): string => `/stall-${stall}/`;
	add(plainPage('/', 'The market', ['@gazette/', ...numbers(stalls).map(stallPath)]));
	for (const stall of numbers(stalls)) {
		const goods = numbers(goodsPerStall).map((good) => `${stallPath(stall)}${good}.html`);
		add(plainPage(stallPath(stall), `Stall ${stall}, caf\u00E9 and more`, ['/', ...goods]));
		for (const path of goods) add(plainPage(path, headline(dice(path)), [stallPath(stall)]));
	}
	return {
		name: 'market',
		start: '/',
		robots: 'User-agent: *\nAllow: /\n',
		pages,
		limit: {requests: 20, restMs: 2000},
		charset: 'iso-8859-1',
	};
}
