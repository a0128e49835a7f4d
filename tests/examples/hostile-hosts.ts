import {gzipSync} from 'node:zlib';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {Gate} from 'pausable-signal';
import type {PageRecord} from '../../examples/crawler/status.ts';

/** One request to a hostile host. */
export interface Exchange {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly path: string;
	/** How many requests for this path came before. */
	readonly earlier: number;
	/** How many requests for anything came to this host before. */
	readonly count: number;
	/** Of a host by its name. */
	readonly origin: (name: string) => string;
}

/** Path → how it should end; `failed: why` with the reason, `failed` for any. */
export type Expected = Readonly<Record<string, string>>;

export interface HostileHost {
	readonly answer: (exchange: Exchange) => void;
	readonly expected: Expected;
	/** Answers for robots.txt; without it there is none. */
	readonly robots?: (exchange: Exchange) => void;
}

export type Hosts = Readonly<Record<string, HostileHost>>;

/** The results of a crawl, to compare with the expected ones: with reasons only if requested. */
export function resultsOf(pages: Iterable<PageRecord>, expected: Expected): Expected {
	const results = [...pages].map(({url, ending, error}) => [
		url,
		error === undefined || expected[url] === 'failed' ? ending : `${ending}: ${error}`,
	]);
	return Object.fromEntries(results);
}

export const maxDepth = 6;
export const maxBytes = 500_000;
export const attempts = 3;

const numbers = (count: number, from = 0): number[] =>
	Array.from({length: count}, (_, index) => from + index);
const anchors = (paths: readonly string[]): string =>
	paths.map((path) => `<a href="${path}">x</a>`).join('\n');
const all = (paths: readonly string[], result: string): Expected =>
	Object.fromEntries(paths.map((path) => [path, result]));

function html({response}: Exchange, links: readonly string[], more = ''): void {
	response.writeHead(200, {'content-type': 'text/html; charset=utf-8'});
	response.end(`<!doctype html><title>x</title>${more}${anchors(links)}`);
}

function missing({response}: Exchange): void {
	response.writeHead(404).end();
}

function text({response}: Exchange, body: string | Buffer): void {
	response.writeHead(200, {'content-type': 'text/plain'}).end(body);
}

function redirect({response}: Exchange, to: string): void {
	response.writeHead(302, {location: to}).end();
}

/** Pages that all link to their neighbours, so that there are many ways to each. */
function mesh(size: number): {links: (path: string) => string[]; paths: string[]} {
	const paths = ['/', ...numbers(size - 1, 1).map((n) => `/${n}`)];
	const links = (path: string): string[] => {
		const n = paths.indexOf(path);
		return n === -1 ? [] : [1, 2, 3, 7].map((step) => paths[(n * 3 + step) % paths.length] as string);
	};
	return {links, paths: paths.filter((path) => path === '/' || reach(links).has(path))};
}

function reach(links: (path: string) => string[]): Set<string> {
	const reached = new Set(['/']);
	for (const path of reached) for (const link of links(path)) reached.add(link);
	return reached;
}

function whole(paths: readonly string[], more: Expected = {}): Expected {
	return {...all(paths, 'page'), ...more};
}

/** Answers 429 to every few requests, with Retry-After in seconds, as a date, as rubbish and without. */
function storm(size: number): HostileHost {
	const {links, paths} = mesh(size);
	return {
		expected: whole(paths),
		answer(exchange) {
			const {response, path, count} = exchange;
			if (count % 9 > 3) return html(exchange, links(path));
			const after = ['0', new Date().toUTCString(), 'soon', undefined][count % 4];
			response.writeHead(count % 2 === 0 ? 429 : 503, after === undefined ? {} : {'retry-after': after});
			return void response.end('later');
		},
	};
}

/** Bodies that come in drops. */
function slow(size: number): HostileHost {
	const {links, paths} = mesh(size);
	return {
		expected: whole(paths),
		answer({response, path}) {
			response.writeHead(200, {'content-type': 'text/html'});
			const drops = anchors(links(path)).split('');
			const drip = (): void => {
				if (drops.length === 0) return void response.end();
				response.write(drops.splice(0, 9).join(''));
				setTimeout(drip, 1);
			};
			drip();
		},
	};
}

/** Connections that break: before the headers, in the middle of the body, at last not at all. */
function resets(size: number): HostileHost {
	const {links, paths} = mesh(size);
	return {
		expected: whole(paths, {
			'/always': 'failed: connection lost',
			'/cut': 'failed: connection lost',
			'/cut-chunks': 'failed: connection lost',
		}),
		answer(exchange) {
			const {response, path, earlier} = exchange;
			if (path === '/always' || (earlier === 0 && path !== '/'))
				return void response.socket?.resetAndDestroy();
			const isCut = path === '/cut';
			if (isCut || path === '/cut-chunks' || earlier === 1) {
				response.writeHead(200, {'content-type': 'text/html', ...(isCut && {'content-length': 5000})});
				response.write(anchors(['/only-in-half-a-page', '/1']));
				return void setTimeout(() => response.destroy(), 2);
			}
			return html(exchange, [...links(path), '/always', '/cut', '/cut-chunks']);
		},
	};
}

/** Bodies that never end. */
function endless(): HostileHost {
	const paths = ['/flood', '/bomb'];
	return {
		expected: {'/': 'page', ...all(paths, `failed: larger than ${maxBytes} bytes`)},
		answer(exchange) {
			const {response, path} = exchange;
			if (path === '/') return html(exchange, paths);
			if (path === '/bomb') {
				response.writeHead(200, {'content-type': 'text/html', 'content-encoding': 'gzip'});
				return void response.end(gzipSync('x'.repeat(10 * maxBytes)));
			}
			response.writeHead(200, {'content-type': 'text/html'});
			response.write('<a href="/only-in-half-a-page">x</a>');
			const flood = (): void => {
				if (response.destroyed) return;
				response.write('<p>'.repeat(5000), () => setImmediate(flood));
			};
			flood();
		},
	};
}

const chain = 15;
const followed = 10;

/** Redirects: round and round, too many, to themselves, to elsewhere, to nowhere. */
function redirects(): HostileHost {
	const fronts = [
		'/loop-a',
		'/self',
		'/chain-0',
		'/to-storm',
		'/to-world',
		'/to-nothing',
		'/empty',
		'/relative/x',
	];
	const targets: Record<string, string> = {
		'/loop-a': '/loop-b',
		'/loop-b': '/loop-a',
		'/self': '/self',
		'/to-world': 'https://world.invalid/',
		'/to-nothing': 'mailto:nobody@world.invalid',
		'/relative/x': '../landed',
		'/empty': '',
	};
	return {
		expected: {
			'/': 'page',
			...all(['/loop-a', '/loop-b', '/to-storm', '/to-world', '/relative/x'], 'redirect'),
			'/to-nothing': 'failed: HTTP 302',
			...all(['/self', '/empty'], 'failed: redirects to itself'),
			'/landed': 'page',
			...all(
				numbers(followed + 1).map((n) => `/chain-${n}`),
				'redirect',
			),
		},
		answer(exchange) {
			const {path, origin} = exchange;
			const [, hop] = /^\/chain-(\d+)$/.exec(path) ?? [];
			if (hop !== undefined && Number(hop) < chain) return redirect(exchange, `/chain-${Number(hop) + 1}`);
			if (path === '/to-storm') return redirect(exchange, `${origin('storm')}/`);
			const target = targets[path];
			return target === undefined ? html(exchange, path === '/' ? fronts : []) : redirect(exchange, target);
		},
	};
}

function server(paths: readonly string[], {response, path}: Exchange): void {
	if (!paths.includes(path)) return void response.writeHead(404).end();
	response.writeHead(200, {'content-type': 'text/html'}).end(anchors(paths));
}

/** A robots.txt that is there at the third try. */
function shyRobots(): HostileHost {
	const paths = ['/', '/a', '/forbidden'];
	return {
		expected: {'/': 'page', '/a': 'page', '/forbidden': 'skipped: robots.txt'},
		answer: (exchange) => server(paths, exchange),
		robots(exchange) {
			if (exchange.earlier < 2) exchange.response.writeHead(503, {'retry-after': '0'}).end();
			else text(exchange, 'User-agent: *\nDisallow: /forbidden');
		},
	};
}

const brokenRobots: HostileHost = {
	expected: {'/': 'failed: robots.txt: HTTP 500'},
	answer: (exchange) => html(exchange, ['/a']),
	robots: ({response}) => void response.writeHead(500).end(),
};

/** A robots.txt behind five redirects, far too long, with rules of others, and percent signs. */
function longRobots(): HostileHost {
	const paths = ['/', '/caf%C3%A9', '/~joe', '/open', '/late'];
	const rules = `User-agent: other\nDisallow: /open\n\nUser-agent: *\nDisallow: /caf\u00E9\nDisallow: /%7Ejoe\n`;
	return {
		expected: {
			...all(['/', '/open', '/late'], 'page'),
			...all(['/caf%C3%A9', '/~joe'], 'skipped: robots.txt'),
		},
		answer(exchange) {
			const [, hop] = /^\/robots-(\d)$/.exec(exchange.path) ?? [];
			if (hop === undefined) return server(paths, exchange);
			if (hop !== '5') return redirect(exchange, `/robots-${Number(hop) + 1}`);
			return text(exchange, `${rules}${'# long\n'.repeat(100_000)}User-agent: *\nDisallow: /late\n`);
		},
		robots: (exchange) => redirect(exchange, '/robots-1'),
	};
}

/** What is no page, or does not look like one. */
function types(): HostileHost {
	const answers: Record<string, [number, Record<string, string>, string]> = {
		'/image': [200, {'content-type': 'image/png'}, 'no image'],
		'/json': [200, {'content-type': 'application/json'}, '{"href": "/only-in-json"}'],
		'/untyped': [200, {}, anchors(['/only-in-untyped'])],
		'/shouted': [200, {'content-type': 'TEXT/HTML;CHARSET=UTF-8'}, anchors(['/xhtml'])],
		'/xhtml': [200, {'content-type': 'application/xhtml+xml'}, '<html><a href="/behind-xhtml"/></html>'],
		'/behind-xhtml': [200, {'content-type': 'text/html'}, ''],
		'/nothing': [204, {}, ''],
		'/gone': [410, {'content-type': 'text/html'}, anchors(['/only-in-an-error'])],
		'/teapot': [418, {}, ''],
		'/broken': [500, {}, ''],
	};
	const fronts = Object.keys(answers).filter((path) => !path.startsWith('/behind') && path !== '/xhtml');
	return {
		expected: {
			...all(['/', '/shouted', '/xhtml', '/behind-xhtml'], 'page'),
			'/image': 'skipped: not HTML: image/png',
			'/json': 'skipped: not HTML: application/json',
			'/untyped': 'skipped: not HTML: no content type',
			'/nothing': 'skipped: not HTML: no content type',
			'/gone': 'failed: HTTP 410',
			'/teapot': 'failed: HTTP 418',
			'/broken': 'failed: HTTP 500',
		},
		answer(exchange) {
			const answer = answers[exchange.path];
			if (answer === undefined) return html(exchange, fronts);
			const [status, headers, body] = answer;
			return void exchange.response.writeHead(status, headers).end(body);
		},
	};
}

/** Answers that are not HTTP, or hardly; and what breaks the rules of its coding. */
function nonsense(): HostileHost {
	const raw: Record<string, string | Buffer> = {
		'/garbage': 'I am no HTTP\r\n\r\n',
		'/status': 'HTTP/1.1 999 Go Away\r\nContent-Length: 0\r\n\r\n',
		'/lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nhello',
		'/chunks': 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello',
		'/location': 'HTTP/1.1 302 Found\r\nLocation: http://[broken\r\nContent-Length: 0\r\n\r\n',
		'/bytes': Buffer.from('HTTP/1.1 302 Found\r\nLocation: /caf\u00E9\r\nContent-Length: 0\r\n\r\n'),
		'/gzip':
			'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello',
		'/coding':
			'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: klingon\r\nContent-Length: 5\r\n\r\nhello',
		'/header': `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Long: ${'x'.repeat(100_000)}\r\nContent-Length: 0\r\n\r\n`,
	};
	const long = `/${'long'.repeat(5000)}`;
	return {
		// The exact fault depends on the parser.
		expected: {
			...all(['/', '/coding', '/caf%C3%A9'], 'page'),
			...all(['/garbage', '/status', '/lengths', '/chunks', '/location', '/gzip', '/header'], 'failed'),
			'/bytes': 'redirect',
		},
		answer(exchange) {
			const answer = raw[exchange.path];
			if (answer === undefined)
				return html(exchange, exchange.path === '/' ? [...Object.keys(raw), long] : []);
			return void exchange.response.socket?.end(answer);
		},
		robots: (exchange) => text(exchange, Buffer.from([0xff, 0x00, 0x0a, 0x3a, 0x0a, 0x0d])),
	};
}

/** Links by the thousand, many times the same. */
function crowd(size: number): HostileHost {
	const paths = numbers(size).map((n) => `/crowd/${n}?q=a&b=${'long'.repeat(20)}`);
	const many = numbers(3000).map((n) => `${paths[n % size]}#${n}`);
	const decoys = numbers(1000).map((n) => `https://world${n % 50}.invalid/${n}`);
	return {
		expected: whole(['/', ...paths]),
		answer: (exchange) => html(exchange, exchange.path === '/' ? [...many, ...decoys] : []),
	};
}

/** Pages in other charsets, that say so in all the ways there are. */
function charsets(): HostileHost {
	const cyrillic = Buffer.concat([
		Buffer.from('<meta http-equiv="Content-Type" content="text/html; charset=windows-1251"><a href="/'),
		Buffer.from([0xef, 0xf0, 0xe8]),
		Buffer.from('">x</a>'),
	]);
	const answers: Record<string, [string, Buffer]> = {
		'/latin': ['text/html; charset=ISO-8859-1', Buffer.from('<a href="/caf\u00E9">x</a>', 'latin1')],
		'/cyrillic': ['text/html', cyrillic],
		'/utf-16': ['text/html', Buffer.from('\uFEFF<a href="/\u4E16">x</a>', 'utf16le')],
		'/mark': ['text/html; charset=latin1', Buffer.from('\uFEFF<a href="/\u00FC">x</a>')],
		'/unknown': ['text/html; charset=klingon', Buffer.from('<a href="/\u00E4">x</a>')],
		'/broken': ['text/html; charset=utf-8', Buffer.from([0x3c, 0x70, 0x3e, 0xff, 0xfe, 0xc3])],
	};
	const found = ['/caf\u00E9', '/\u043F\u0440\u0438', '/\u4E16', '/\u00FC', '/\u00E4'].map(encodeURI);
	return {
		expected: whole(['/', ...Object.keys(answers), ...found]),
		answer(exchange) {
			const answer = answers[exchange.path];
			if (answer === undefined) return html(exchange, exchange.path === '/' ? Object.keys(answers) : []);
			return void exchange.response.writeHead(200, {'content-type': answer[0]}).end(answer[1]);
		},
	};
}

/** A calendar without an end; and a slow door that leads to its middle, nearer than the way through it. */
function trap(): HostileHost {
	const far = 4;
	const day = (n: number): string => `/day/${n}`;
	// Day n is n + 1 links away; from the door, `far` is two, and so on.
	const last = Math.max(maxDepth - 1, far + maxDepth - 2);
	const days = numbers(last + 1).map(day);
	// The door opens when the long way has been gone to its end.
	const end = new Gate(false);
	const sides = days.filter((_, n) => n < last).map((path) => `${path}/side`);
	return {
		expected: whole(['/', '/door', ...days, ...sides]),
		answer(exchange) {
			const {path} = exchange;
			if (path === '/') return html(exchange, [day(0), '/door']);
			if (path === '/door') return void end.wait().then(() => html(exchange, [day(far)]));
			if (path === day(maxDepth - 1)) setTimeout(() => end.open(), 50);
			if (path.endsWith('/side')) return html(exchange, ['/']);
			return html(exchange, [day(Number(path.slice(5)) + 1), `${path}/side`]);
		},
	};
}

/** Links that must not be followed, bases and canonical URLs, and sitemaps with pages of their own. */
function manners(): HostileHost {
	const files: Record<string, (origin: string) => Buffer> = {
		'/index.xml': (origin) =>
			Buffer.from(
				`<sitemapindex><sitemap><loc>${origin}/packed.xml.gz</loc></sitemap><sitemap><loc>/list.txt</loc></sitemap>
				<sitemap><loc>${origin}/index.xml</loc></sitemap><sitemap><loc>${origin}/lost.xml</loc></sitemap></sitemapindex>`,
			),
		'/packed.xml.gz': (origin) =>
			gzipSync(
				`<urlset><url><loc>${origin}/from-map</loc></url><url><loc>${origin}/private</loc></url></urlset>`,
			),
		'/list.txt': (origin) => Buffer.from(`${origin}/from-list\nhttps://world.invalid/\n`),
	};
	return {
		expected: {
			...all(['/', '/followed', '/base/x', '/canonical', '/from-map', '/from-list'], 'page'),
			'/private': 'skipped: robots.txt',
		},
		answer(exchange) {
			const {path, origin, response} = exchange;
			const file = files[path];
			if (file !== undefined) return text(exchange, file(origin('manners')));
			if (path === '/lost.xml') return missing(exchange);
			if (path === '/followed') {
				response.setHeader('x-robots-tag', 'nofollow');
				return html(exchange, ['/only-in-header']);
			}
			if (path === '/base/x')
				return html(exchange, ['/only-in-meta'], '<meta name="robots" content="noindex,nofollow">');
			const more =
				'<base href="/base/"><link rel="canonical" href="/canonical"><a rel="nofollow" href="/no">x</a>';
			return path === '/' ? html(exchange, ['/followed', 'x'], more) : html(exchange, []);
		},
		robots: (exchange) => text(exchange, 'User-agent: *\nDisallow: /private\nSitemap: /index.xml'),
	};
}

/** Everything that the web has in store; `size` is how many pages the larger hosts have. */
export function hostileHosts(size: number): Hosts {
	return {
		storm: storm(size),
		slow: slow(Math.ceil(size / 3)),
		resets: resets(Math.ceil(size / 3)),
		endless: endless(),
		redirects: redirects(),
		shyRobots: shyRobots(),
		brokenRobots,
		longRobots: longRobots(),
		types: types(),
		nonsense: nonsense(),
		crowd: crowd(size),
		charsets: charsets(),
		trap: trap(),
		manners: manners(),
	};
}

/** Answers that never come, or never end: a client needs a time limit for them. */
export const silentHosts: Hosts = {
	silent: {
		expected: {'/': 'page', '/silence': 'failed: timed out', '/stall': 'failed: timed out'},
		answer(exchange) {
			const {response, path} = exchange;
			if (path === '/') return html(exchange, ['/silence', '/stall']);
			if (path === '/silence') return;
			response.writeHead(200, {'content-type': 'text/html'});
			response.write('<a href="/only-in-half-a-page">x</a>');
		},
	},
};
