import {gzipSync} from 'node:zlib';
import {type DemoPage, type DemoSite, plainPage} from './site.ts';
import {dice, headline} from './words.ts';

const rooms = 5;
const perRoom = 7;

/** A slow museum: robots.txt asks for a delay in seconds, and sitemaps alone lead to most of its pages. */
export function museum(delay: number): DemoSite {
	const robots = `# The building is old: one visitor after the other.
User-agent: *
Crawl-delay: ${delay}
Disallow: /cellar/

Sitemap: /sitemap.xml
`;
	const pages = new Map<string, DemoPage>();
	const files = new Map<string, (origin: string) => Buffer>();
	const add = (path: string, title: string, links: readonly string[]): void =>
		void pages.set(path, plainPage(path, title, links));
	add('/', 'The museum', ['/hours.html', '@market/', '/cellar/']);
	add('/hours.html', 'Opening hours', ['/']);
	pages.set('/cellar/', {...plainPage('/cellar/', 'The cellar', []), isAllowed: false});
	const maps: string[] = [];
	for (let room = 1; room <= rooms; room++) {
		const paths = Array.from({length: perRoom}, (_, index) => `/room-${room}/${index + 1}.html`);
		for (const path of paths) add(path, headline(dice(path)), ['/']);
		const map = `/sitemap-${room}.xml.gz`;
		maps.push(map);
		files.set(map, (origin) => gzipSync(sitemap('urlset', 'url', origin, paths)));
	}
	files.set('/sitemap.xml', (origin) => Buffer.from(sitemap('sitemapindex', 'sitemap', origin, maps)));
	return {name: 'museum', start: '/', robots, pages, files};
}

function sitemap(root: string, item: string, origin: string, paths: readonly string[]): string {
	const items = paths.map((path) => `<${item}><loc>${origin}${path}</loc></${item}>`);
	return `<?xml version="1.0" encoding="UTF-8"?>
<${root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${items.join('\n')}
</${root}>
`;
}
