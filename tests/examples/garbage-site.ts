import {once} from 'node:events';
import {type AddressInfo, createServer, type Server, type Socket} from 'node:net';
import {brotliCompressSync, gzipSync} from 'node:zlib';

/** Numbers that are the same for the same words: mulberry32, seeded by FNV-1a. */
export class Dice {
	#state: number;

	constructor(words: string) {
		this.#state = Buffer.from(words).reduce(
			(hash, byte) => Math.imul(hash ^ byte, 16_777_619),
			-2_128_831_035,
		);
	}

	/** A whole number below. */
	below(limit: number): number {
		this.#state = (this.#state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
	}

	/** True with a chance of one in this many. */
	rolls(sides: number): boolean {
		return this.below(sides) === 0;
	}

	one<T>(items: readonly T[]): T {
		return items[this.below(items.length)] as T;
	}

	bytes(most: number): Buffer {
		return Buffer.from(Array.from({length: this.below(most)}, () => this.below(256)));
	}

	/** Some of the items, each as often as it comes. */
	some<T>(items: readonly T[], most: number): T[] {
		return Array.from({length: this.below(most + 1)}, () => this.one(items));
	}
}

const statusLines = [
	'HTTP/1.1 404 Non trouv\u00E9',
	'HTTP/1.1 200 \u4E16\u754C',
	'HTTP/1.1 200',
	'HTTP/1.1 200 ',
	'HTTP/1.1 200 O\u0001K',
	'HTTP/1.0 200 OK',
	'HTTP/1.1 999 Odd',
	'HTTP/1.1 099 Odd',
	'HTTP/1.1 100 Continue',
	'HTTP/1.1 101 Switching',
	'HTTP/1.1 103 Early Hints',
	'HTTP/1.1 204 No Content',
	'HTTP/1.1 205 Reset',
	'HTTP/1.1 206 Partial',
	'HTTP/1.1 304 Not Modified',
	'HTTP/1.1 301 Moved',
	'HTTP/1.1 302 Found',
	'HTTP/1.1 300 Choices',
	'HTTP/1.1 401 Who',
	'HTTP/1.1 407 Proxy',
	'HTTP/1.1 417 Expectation',
	'HTTP/1.1 421 Misdirected',
	'HTTP/1.1 429 Later',
	'HTTP/1.1 500 Oh',
	'HTTP/1.1 503 Busy',
	'HTTP/9.9 200 OK',
	'HTTP/2 200 OK',
	'ICY 200 OK',
	'GET / HTTP/1.1',
	'\u0000\u0001\u0002',
	'',
];

const headerLines = [
	'X-Bad : 1',
	': nameless',
	'X-Caf\u00E9: \u4E16',
	'X-Control: a\u0001b',
	'X-Nothing',
	' folded: yes',
	'Set-Cookie: a=b',
	'Content-Encoding: gzip',
	'Content-Encoding: br',
	'Content-Encoding: deflate, gzip',
	'Content-Encoding: klingon',
	`Content-Encoding: ${'gzip, '.repeat(40)}gzip`,
	'Content-Type: text/html; charset=utf-16le',
	'Content-Type: text/html; charset="',
	'Content-Type: ;;;',
	'Content-Type: application/xhtml+xml',
	'Content-Length: -1',
	'Content-Length: 99999999999999999999',
	'Content-Length: 3',
	'Content-Range: bytes 5-2/1',
	'Transfer-Encoding: chunked',
	'Transfer-Encoding: chunked, identity',
	'Location: /1',
	'Location: /\u00FC?\u4E16',
	'Location: http://[broken',
	'Location: //',
	'Location: javascript:alert(1)',
	'Location: ',
	'Location: /robots.txt',
	`Location: /${'long'.repeat(4000)}`,
	'Refresh: 0; url=/2',
	'Refresh: ;;url=http://[',
	'Retry-After: 0',
	'Retry-After: -1',
	'Retry-After: 0.001',
	'Retry-After: Thu, 99 Foo 2099',
	'X-Robots-Tag: otherbot: nofollow, none: \u0000',
	'ETag: "',
	'Link: </3>; rel=canonical',
	'Connection: upgrade\r\nUpgrade: websocket',
	'Keep-Alive: timeout=0',
];

const markup = [
	'<a href="/',
	"<a href='http://[::1",
	'<a href=//\u0000>',
	'<base href="data:,x">',
	'<base href="http://">',
	'<meta http-equiv=refresh content="0;url=',
	'<meta charset=klingon>',
	'<meta name=robots content=nofollow>',
	'<title>\u0000\uD800 &#xD800; &#x110000; &bogus;',
	'<!--',
	'-->',
	'<![CDATA[',
	'<script>',
	'</script',
	'<svg><title>',
	'<template>',
	'<table><td><table>',
	'</p></div></html>',
	'<b>'.repeat(2000),
	'<?xml version="1.0" encoding="',
	'<plaintext>',
	'<textarea>',
	'"',
	"'",
	'>',
	'&',
	'=',
	'\u0000',
];

const sitemapParts = [
	'<urlset>',
	'<sitemapindex>',
	'<url><loc>/4</loc></url>',
	'<sitemap><loc>/map.xml</loc></sitemap>',
	'<loc>http://[</loc>',
	'<url><loc>',
	'<![CDATA[',
	'&#0;&#xFFFFFFFF;',
	'<!DOCTYPE x [<!ENTITY a "&b;"><!ENTITY b "&a;">]>&a;',
	'</urlset>',
	'<?xml encoding="utf-7"?>',
	'\n/5\n',
];

const robotsParts = [
	'User-agent: *',
	'user-agent:test-bot',
	'Disallow: /*?*$*$',
	'Disallow: %',
	'Disallow: %GG%E4',
	'Disallow: [a|b]{2}^\\',
	'Allow: /',
	`Disallow: ${'*a'.repeat(50)}`,
	'Crawl-delay: NaN',
	'Crawl-delay: -5',
	'Crawl-delay: 1e-3',
	'Sitemap: /map.xml',
	'Sitemap: http://[',
	'Sitemap:',
	'\uFEFF\u0000',
	':',
	'\r',
];

/**
 * Answers each request with what no server should send, or hardly one does; links to all of its pages now and then. The
 * nth answer to a path depends on the seed alone, and not on the order of the requests.
 */
export class GarbageSite implements AsyncDisposable {
	readonly #seed: number;
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();
	readonly #links: string;
	readonly #asked = new Map<string, number>();

	private constructor(seed: number, pages: number) {
		this.#seed = seed;
		this.#links = Array.from({length: pages}, (_, n) => `<a href="/${n}">x</a>`).join('');
		this.#server = createServer((socket) => this.#serve(socket));
	}

	static async start(seed: number, pages: number): Promise<GarbageSite> {
		const site = new GarbageSite(seed, pages);
		site.#server.listen(0, '127.0.0.1');
		await once(site.#server, 'listening');
		return site;
	}

	get origin(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	#serve(socket: Socket): void {
		this.#sockets.add(socket);
		socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {});
		let text = '';
		socket.on('data', (chunk) => {
			text += chunk.toString('latin1');
			for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
				const [, path = ''] = text.split(' ', 2);
				text = text.slice(end + 4);
				this.#answer(socket, path);
			}
		});
	}

	#answer(socket: Socket, path: string): void {
		// The start page is read, so that there is something to crawl.
		if (path === '/') return void socket.end(plainly(this.#links));
		const count = this.#asked.get(path) ?? 0;
		this.#asked.set(path, count + 1);
		const dice = new Dice(`${this.#seed} ${path} ${count}`);
		// If robots.txt cannot be fetched at all, no page is requested.
		if (path === '/robots.txt' && count > 2) return void socket.end(plainly(this.#body(path, dice)));
		if (dice.rolls(20)) return void socket.resetAndDestroy();
		if (dice.rolls(20)) return void socket.end(dice.bytes(300));
		const body = this.#body(path, dice);
		const answer = dice.rolls(4) ? plainly(body) : oddly(body, dice);
		const cut = dice.rolls(8) ? dice.below(answer.length + 1) : answer.length;
		socket.write(answer.subarray(0, cut));
		// One that stays open and quiet ends by the crawl's own limit.
		if (!dice.rolls(30)) socket.end();
	}

	#body(path: string, dice: Dice): Buffer {
		if (dice.rolls(6)) return dice.bytes(2000);
		const parts = path.endsWith('.txt') ? robotsParts : path.endsWith('.xml') ? sitemapParts : markup;
		const text = dice.some(parts, 40).join(path.endsWith('.txt') ? dice.one(['\n', '\r', '\r\n', ' ']) : '');
		return Buffer.from(dice.rolls(3) ? text + this.#links : text, dice.one(['utf8', 'latin1', 'utf16le']));
	}

	async [Symbol.asyncDispose](): Promise<void> {
		for (const socket of this.#sockets) socket.destroy();
		await new Promise((resolve) => this.#server.close(resolve));
	}
}

function plainly(body: string | Buffer): Buffer {
	const head = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
	return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}

function oddly(body: Buffer, dice: Dice): Buffer {
	const encoded = dice.rolls(3) ? gzipSync(body) : dice.rolls(3) ? brotliCompressSync(body) : body;
	const type = dice.rolls(3) ? [] : ['Content-Type: text/html'];
	const lines = [dice.one(statusLines), ...type, ...dice.some(headerLines, 4)];
	if (dice.rolls(3)) lines.push(`Content-Length: ${encoded.length}`);
	const end = dice.rolls(15) ? '\n\n' : '\r\n\r\n';
	const chunked = dice.rolls(6) ? [`${dice.below(9)}\r\n`, encoded, '\r\n0\r\n\r\n'] : [encoded];
	return Buffer.concat([lines.join('\r\n') + end, ...chunked].map((part) => Buffer.from(part)));
}
