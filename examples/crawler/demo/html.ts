import type {DemoPage, DemoSite} from './site.ts';
import {type Dice, dice, paragraph, pick} from './words.ts';

// What looks like a link, and is none to follow.
const decoys = `<!-- <a href="/commented-out.html">an old page</a> -->
<script>const old = '<a href="/in-a-script.html">no link</a>';</script>
<p><a name="top">Top</a> <a href="mailto:desk@gazette.invalid">Write to us</a> <a href="tel:+100">Call us</a>
<a href="javascript:void 0">Menu</a> <a href="https://elsewhere.invalid/">A friend</a>
<a href="http://[broken">Broken</a> <a href="#top">To the top</a></p>`;

/** The HTML of a page. `origin` is where the site is served; its links are resolved already. */
export function renderPage(page: DemoPage, site: DemoSite, origin: string): string {
	const roll = dice(`${page.path} in words`);
	const links = page.links.map((link) => `<li>${anchor(link, page, site, origin, roll)}</li>`);
	const text = Array.from({length: 2 + roll(5)}, () => `<p>${paragraph(roll)}</p>`);
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="${site.charset ?? 'utf-8'}">
<title>${escape(page.title)} &ndash; ${site.name}</title>
${page.base === undefined ? '' : `<base href="${page.base}">`}
</head>
<body>
<nav><a href="/">Front page</a></nav>
<h1>${escape(page.title)}</h1>
${text.join('\n')}
<ul>
${links.join('\n')}
</ul>
${decoys}
</body>
</html>
`;
}

function anchor(link: string, page: DemoPage, site: DemoSite, origin: string, roll: Dice): string {
	const href = escape(pick(roll, spellings)(link, page, origin));
	const text = escape(site.pages.get(link)?.title ?? link);
	const attribute = pick(roll, [`href="${href}"`, `href='${href}'`, `class="more" HREF = "\n${href} "`]);
	return pick(roll, [
		`<a ${attribute}>${text}</a>`,
		`<A ${attribute}>${text}</A>`,
		`<a ${attribute}><em>${text}</em>`,
	]);
}

type Spelling = (link: string, page: DemoPage, origin: string) => string;

const isPath = (link: string): boolean => link.startsWith('/');

const spellings: Spelling[] = [
	(link) => link,
	(link) => `${link}#comments`,
	(link) => (isPath(link) ? `/.${link}` : link),
	(link) => decodeURI(link),
	(link, _page, origin) => (isPath(link) ? origin + link : link),
	(link, _page, origin) => (isPath(link) ? origin.replace('http:', '') + link : link),
	(link, page) => (isPath(link) ? relative(link, page.base ?? page.path) : link),
	(link, page) => (isPath(link) ? relative(link, page.base ?? page.path) : link),
];

function relative(link: string, from: string): string {
	const directory = from.replace(/\?.*/, '').replace(/[^/]*$/, '');
	if (link.startsWith(directory)) return `./${link.slice(directory.length)}`;
	const ups = directory.split('/').length - 2;
	return '../'.repeat(ups) + link.slice(1);
}

function escape(text: string): string {
	return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;').replace(/'/g, '&#39;');
}
