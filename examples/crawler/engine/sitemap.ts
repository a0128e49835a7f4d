import {pipeline} from 'node:stream/promises';
import {createGunzip} from 'node:zlib';
import {Failure} from './errors.ts';
import {decodeText} from './html/charset.ts';
import {Tags} from './html/tags.ts';
import {upTo} from './http.ts';
import {pageUrl} from './urls.ts';

export interface Sitemap {
	readonly bytes: number;
	readonly pages: readonly string[];
	/** Of an index. */
	readonly sitemaps: readonly string[];
	/** What of it was left out. */
	readonly reason: string | undefined;
}

export interface Limits {
	readonly urls: number;
	readonly bytes: number;
}

/** sitemaps.org: a file has no more, before and after it is compressed. */
export const sitemapLimits: Limits = {urls: 50_000, bytes: 50 * 1024 * 1024};

interface Body {
	readonly chunks: readonly Uint8Array[];
	readonly isCut: boolean;
}

/**
 * Reads a sitemap or an index of sitemaps: XML or a line for each URL, compressed or not. Of one that is too
 * large, what is whole within the limits counts.
 */
export async function readSitemap(
	response: Response,
	url: string,
	limits: Limits = sitemapLimits,
): Promise<Sitemap> {
	let bytes = 0;
	let isCut = false;
	async function* counted(): AsyncIterable<Uint8Array> {
		for await (const chunk of upTo(response, limits.bytes, () => (isCut = true))) {
			bytes += chunk.length;
			yield chunk;
		}
	}
	const body = await collect(await unpacked(counted(), () => isCut), limits.bytes);
	const found = urlsIn({...body, isCut: isCut || body.isCut}, url);
	const {pages, sitemaps} = found;
	return {
		bytes,
		pages: pages.slice(0, limits.urls),
		sitemaps: sitemaps.slice(0, limits.urls),
		reason: whyLess(found, limits),
	};
}

type Urls = Pick<Sitemap, 'pages' | 'sitemaps'> & {readonly isCut: boolean};

function whyLess({pages, sitemaps, isCut}: Urls, {urls, bytes}: Limits): string | undefined {
	if (isCut) return `larger than ${bytes} bytes: the rest was not read`;
	return Math.max(pages.length, sitemaps.length) > urls
		? `more than ${urls} URLs: the rest was left out`
		: undefined;
}

async function unpacked(
	body: AsyncIterable<Uint8Array>,
	isCut: () => boolean,
): Promise<AsyncIterable<Uint8Array>> {
	const source = body[Symbol.asyncIterator]();
	const first = await source.next();
	async function* all(): AsyncGenerator<Uint8Array> {
		for (let next = first; next.done !== true; next = await source.next()) yield next.value;
	}
	const isPacked = first.done !== true && first.value[0] === 0x1f && first.value[1] === 0x8b;
	return isPacked ? unzipped(all(), isCut) : all();
}

async function* unzipped(body: AsyncIterable<Uint8Array>, isCut: () => boolean): AsyncIterable<Uint8Array> {
	const unzip = createGunzip();
	// It rejects with an error of the body, too; the loop below then has it from there.
	const writing = pipeline(body, unzip).catch(() => {});
	try {
		for await (const chunk of unzip) yield chunk as Uint8Array;
	} catch (error) {
		if (!String((error as {code?: unknown}).code).startsWith('Z_')) throw error;
		// It lacks its end because that was cut off.
		if (!isCut()) throw new Failure('broken gzip', {isPassing: false, cause: error});
	}
	await writing;
}

async function collect(body: AsyncIterable<Uint8Array>, most: number): Promise<Body> {
	const chunks: Uint8Array[] = [];
	let room = most;
	for await (const chunk of body) {
		chunks.push(chunk.subarray(0, room));
		room -= chunk.length;
		if (room < 0) return {chunks, isCut: true};
	}
	return {chunks, isCut: false};
}

function urlsIn({chunks, isCut}: Body, base: string): Urls {
	const {text} = decodeText(chunks, undefined);
	const found = /^\s*</.test(text) ? fromXml(text) : {pages: fromLines(text, isCut), sitemaps: []};
	return {pages: spelled(found.pages, base), sitemaps: spelled(found.sitemaps, base), isCut};
}

function fromLines(text: string, isCut: boolean): string[] {
	// The last line may lack its end: half a URL is another URL.
	return (isCut ? text.replace(/\S*$/, '') : text).split(/\s+/);
}

function spelled(urls: readonly string[], base: string): string[] {
	const found = new Set(urls.filter((url) => url !== '').map((url) => pageUrl(url, base)));
	found.delete(undefined);
	return [...found] as string[];
}

// A `loc` counts once it has ended, right inside of a `url` or a `sitemap`: an image has one, too.
function fromXml(xml: string): {pages: string[]; sitemaps: string[]} {
	const found = {pages: [] as string[], sitemaps: [] as string[]};
	const tags = new Tags(xml, {isXml: true});
	let list: string[] | undefined;
	let depth = 0;
	while (tags.next()) {
		const name = tags.name.replace(/^.*:/, '');
		const words = tags.takeWords();
		if (tags.isEnd) {
			if (name === 'loc' && depth === 1) list?.push(words.trim());
			if (depth > 0) depth--;
			else list = undefined;
		} else if (name === 'url' || name === 'sitemap') {
			list = name === 'url' ? found.pages : found.sitemaps;
			depth = 0;
		} else if (tags.attributes() !== undefined && !tags.isClosed) depth++;
	}
	return found;
}
