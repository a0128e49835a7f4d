import {pipeline} from 'node:stream/promises';
import {createGunzip} from 'node:zlib';
import {Parser} from 'htmlparser2';
import {Failure} from './errors.ts';
import {upTo} from './http.ts';
import {pageUrl} from './urls.ts';

export interface Sitemap {
	readonly bytes: number;
	readonly pages: readonly string[];
	/** Of an index. */
	readonly sitemaps: readonly string[];
}

// sitemaps.org: a file has at most so much, uncompressed.
const mostUrls = 50_000;
const mostBytes = 50 * 1024 * 1024;

/** Reads a sitemap or an index of sitemaps: XML or a line for each URL, compressed or not. */
export async function readSitemap(response: Response, url: string, maxBytes: number): Promise<Sitemap> {
	let bytes = 0;
	async function* counted(): AsyncIterable<Uint8Array> {
		for await (const chunk of upTo(response, maxBytes, () => {})) {
			bytes += chunk.length;
			yield chunk;
		}
	}
	const text = await readText(await unpacked(counted()));
	const {pages, sitemaps} = /^\s*</.test(text) ? fromXml(text) : {pages: text.split(/\s+/), sitemaps: []};
	return {bytes, pages: spelled(pages, url), sitemaps: spelled(sitemaps, url)};
}

function spelled(urls: readonly string[], base: string): string[] {
	const found = new Set(urls.filter((url) => url !== '').map((url) => pageUrl(url.trim(), base)));
	found.delete(undefined);
	return [...found].slice(0, mostUrls) as string[];
}

async function unpacked(body: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
	const source = body[Symbol.asyncIterator]();
	const first = await source.next();
	async function* all(): AsyncGenerator<Uint8Array> {
		for (let next = first; next.done !== true; next = await source.next()) yield next.value;
	}
	const isPacked = first.done !== true && first.value[0] === 0x1f && first.value[1] === 0x8b;
	return isPacked ? unzipped(all()) : all();
}

async function* unzipped(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
	const unzip = createGunzip();
	// It rejects with an error of the body, too; the loop below then has it from there.
	const writing = pipeline(body, unzip).catch(() => {});
	try {
		for await (const chunk of unzip) yield chunk as Uint8Array;
	} catch (error) {
		if (!String((error as {code?: unknown}).code).startsWith('Z_')) throw error;
		throw new Failure('broken gzip', {isPassing: false, cause: error});
	}
	await writing;
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
	const decoder = new TextDecoder();
	const pieces: string[] = [];
	let bytes = 0;
	for await (const chunk of body) {
		bytes += chunk.length;
		if (bytes > mostBytes) break;
		pieces.push(decoder.decode(chunk, {stream: true}));
	}
	return pieces.join('');
}

function fromXml(xml: string): {pages: string[]; sitemaps: string[]} {
	const found = {pages: [] as string[], sitemaps: [] as string[]};
	const path: string[] = [];
	let text = '';
	const parser = new Parser(
		{
			onopentagname: (name) => {
				path.push(name.toLowerCase().replace(/^.*:/, ''));
				text = '';
			},
			ontext: (piece) => {
				text += piece;
			},
			onclosetag: () => {
				const [parent, name] = path.slice(-2);
				path.pop();
				if (name !== 'loc') return;
				if (parent === 'url') found.pages.push(text.trim());
				else if (parent === 'sitemap') found.sitemaps.push(text.trim());
			},
		},
		{xmlMode: true},
	);
	parser.end(xml);
	return found;
}
