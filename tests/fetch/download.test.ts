// download() against a server that misbehaves: the file has the right contents, and nothing else is left.
import {describe, expect, test} from '@jest/globals';
import {
	appendFileSync,
	existsSync,
	mkdirSync,
	readFileSync,
	statSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {PausableController} from 'pausable-signal';
import {download, type DownloadOptions, type Transfer, TransferError} from 'pausable-signal/fetch';
import {HostileServer, sha256} from '../support/hostile-server.ts';
import {at, hashOf, leftovers, nothing, Place} from './download-kit.ts';

const size = 400_000;
const half = size / 2;
const retry = {baseMs: 1} as const;
const MiB = 1024 * 1024;

/** Brings about half of the file and is aborted there. */
async function bringHalf(server: HostileServer, place: Place): Promise<number> {
	const controller = new AbortController();
	server.next({silentAfter: half});
	const stopped = download(server.url, place.file, {
		signal: controller.signal,
		...at(half, () => controller.abort('half')),
	});
	await expect(stopped).rejects.toBe('half');
	return place.state.offset;
}

describe('a download', () => {
	test('brings the file, reports its progress, and leaves nothing else', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		const {signal} = new PausableController();
		const seen: string[] = [];
		const result = await download(server.url, place.file, {
			signal,
			onProgress: ({offset, total, state}) => seen.push(`${state} ${offset} of ${total}`),
		});
		expect(result).toEqual({file: place.file, size, resumedFrom: 0, reconnects: 0});
		expect(hashOf(place.file)).toBe(sha256(server.file.content));
		expect(place.names).toEqual(['file']);
		expect([seen[0], seen.at(-1)]).toEqual([`running 0 of ${size}`, `running ${size} of ${size}`]);
		expect(await leftovers(place, server, signal)).toEqual(nothing);
		expect(server.requests).toHaveLength(1);
	});

	test('accepts URL objects for both arguments', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		const {file} = await download(new URL(server.url), pathToFileURL(place.file));
		expect([file, hashOf(file)]).toEqual([place.file, sha256(server.file.content)]);
	});

	test('gives an absolute path, whatever happens to the working directory', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		const {file} = await download(server.url, path.relative(process.cwd(), place.file));
		expect(file).toBe(place.file);
	});

	test.each([
		['nothing', {size: 0}, {}],
		['nothing, with no body at all', {size: 0}, {status: 204}],
		['a compressed one', {size}, {gzip: true}],
		['one without a length', {size}, {chunked: true}],
		['one without a version', {size}, {headers: {etag: undefined, 'last-modified': undefined}}],
		['one without ranges', {size}, {headers: {'accept-ranges': undefined}}],
	])('brings %s', async (_name, file, behaviour) => {
		await using server = await HostileServer.start(file);
		await using place = await Place.create();
		const result = await download(server.next(behaviour).url, place.file);
		expect(result.size).toBe(file.size);
		expect(hashOf(place.file)).toBe(sha256(server.file.content));
		expect(place.names).toEqual(['file']);
	});

	test('fails with the error of onProgress', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		const error = new Error('no place on the screen');
		const call = download(
			server.url,
			place.file,
			at(1, () => {
				throw error;
			}),
		);
		await expect(call).rejects.toBe(error);
		expect(place.names).toEqual(['.part', '.part.json']);
		expect(await leftovers(place, server)).toEqual(nothing);
	});
});

describe('rule 18: on the disk', () => {
	test('before the first byte, the sidecar has everything to continue', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		const seen: unknown[] = [];
		await download(
			server.url,
			place.file,
			at(0, () => seen.push(place.names, place.state, statSync(place.part).size)),
		);
		const {etag, lastModified} = server.file;
		expect(seen).toEqual([
			['.part', '.part.json'],
			{url: server.url, offset: 0, total: size, etag, lastModified},
			0,
		]);
	});

	test('the sidecar is never more than 4 MiB behind the part, and never ahead of it', async () => {
		await using server = await HostileServer.start({size: 10 * MiB});
		await using place = await Place.create();
		const offsets = new Set<number>();
		await download(server.url, place.file, {
			onProgress({offset}) {
				const {size} = statSync(place.part);
				offsets.add(place.state.offset);
				expect(size).toBe(offset);
				expect(place.state.offset).toBeLessThanOrEqual(size);
				expect(size - place.state.offset).toBeLessThan(4 * MiB);
			},
		});
		expect([...offsets]).toEqual([0, 4 * MiB, 8 * MiB]);
		expect(hashOf(place.file)).toBe(sha256(server.file.content));
	});

	test('the file keeps its old contents until the new ones are complete', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		writeFileSync(place.file, 'old');
		const seen = new Set<string>();
		await download(server.url, place.file, {
			onProgress: () => void seen.add(readFileSync(place.file, 'utf8')),
		});
		expect([...seen]).toEqual(['old']);
		expect(hashOf(place.file)).toBe(sha256(server.file.content));
	});

	test('a part of another length than the written bytes is no file', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		const call = download(
			server.url,
			place.file,
			at(size, () => appendFileSync(place.part, 'more')),
		);
		await expect(call).rejects.toMatchObject({code: 'ERR_TRUNCATED'});
		expect(place.names).toEqual([]);
	});

	test('a body that ends too soon is resumed, or leaves no file', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		server.next({endAfter: 1000});
		expect(await download(server.url, place.file, {retry})).toMatchObject({size, reconnects: 1});
		server.next({endAfter: 1000, headers: {'accept-ranges': undefined}});
		writeFileSync(place.file, 'old');
		await expect(download(server.url, place.file)).rejects.toBeInstanceOf(TransferError);
		expect([readFileSync(place.file, 'utf8'), place.names]).toEqual(['old', ['file']]);
	});
});

describe('rule 19: the next call', () => {
	test('requests the missing bytes, of the same version', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		const offset = await bringHalf(server, place);
		expect(offset).toBe(half);
		const first: number[] = [];
		const result = await download(
			server.url,
			place.file,
			at(0, (transfer) => first.push(transfer.offset)),
		);
		expect(result).toEqual({file: place.file, size, resumedFrom: offset, reconnects: 0});
		expect(first).toEqual([offset]);
		expect(server.requests[1]!.headers).toMatchObject({
			range: `bytes=${offset}-`,
			'if-range': server.file.etag,
		});
		expect(hashOf(place.file)).toBe(sha256(server.file.content));
		expect(place.names).toEqual(['file']);
	});

	test('does not trust bytes beyond the offset', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		const resumedFrom = await bringHalf(server, place);
		appendFileSync(place.part, Buffer.alloc(size));
		expect(await download(server.url, place.file)).toMatchObject({size, resumedFrom});
		expect(hashOf(place.file)).toBe(sha256(server.file.content));
	});

	test.each([
		['a part that is too short', ({part}: Place) => truncateSync(part, 1000)],
		['an empty sidecar', ({sidecar}: Place) => writeFileSync(sidecar, '')],
		['a sidecar that is cut', ({sidecar}: Place) => truncateSync(sidecar, 40)],
		['a sidecar of something else', ({sidecar}: Place) => writeFileSync(sidecar, '{"offset": 5}')],
		[
			'an offset below 0',
			({sidecar, state}: Place) => writeFileSync(sidecar, JSON.stringify({...state, offset: -1})),
		],
		[
			'an offset beyond the end',
			({sidecar, state}: Place) => writeFileSync(sidecar, JSON.stringify({...state, total: 1})),
		],
		[
			'no version',
			({sidecar, state}: Place) =>
				writeFileSync(sidecar, JSON.stringify({...state, etag: 'W/"a"', lastModified: null})),
		],
		[
			'another url',
			({sidecar, state}: Place) =>
				writeFileSync(sidecar, JSON.stringify({...state, url: 'http://127.0.0.1/'})),
		],
	])('begins at 0 with %s', async (_name, spoil) => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		await bringHalf(server, place);
		spoil(place);
		expect(await download(server.url, place.file)).toMatchObject({size, resumedFrom: 0});
		expect(server.requests[1]!.headers).not.toHaveProperty('range');
		expect(hashOf(place.file)).toBe(sha256(server.file.content));
		expect(place.names).toEqual(['file']);
	});

	test('begins at 0 if the request is for a part, or has another method', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		await bringHalf(server, place);
		expect(await download(server.url, place.file, {headers: {range: 'bytes=1000-'}})).toMatchObject({
			size: size - 1000,
		});
		expect(hashOf(place.file)).toBe(sha256(server.file.content.subarray(1000)));
		await bringHalf(server, place);
		expect(await download(server.url, place.file, {method: 'POST'})).toMatchObject({size, resumedFrom: 0});
	});

	describe('with a complete part', () => {
		async function whole(): Promise<{server: HostileServer; place: Place}> {
			const [server, place] = [await HostileServer.start({size}), await Place.create()];
			await bringHalf(server, place);
			writeFileSync(place.part, Buffer.concat([server.file.content, Buffer.from('not trusted')]));
			writeFileSync(place.sidecar, JSON.stringify({...place.state, offset: size}));
			return {server, place};
		}

		test('renames it, and requests no byte twice', async () => {
			const {server, place} = await whole();
			await using _ = server;
			await using __ = place;
			const result = await download(server.url, place.file);
			expect(result).toEqual({file: place.file, size, resumedFrom: size, reconnects: 0});
			expect(server.requests.slice(1).map(({headers}) => headers['range'])).toEqual([`bytes=${size}-`]);
			expect(hashOf(place.file)).toBe(sha256(server.file.content));
			expect(place.names).toEqual(['file']);
		});

		test('downloads the new version if there is one', async () => {
			const {server, place} = await whole();
			await using _ = server;
			await using __ = place;
			server.change();
			expect(await download(server.url, place.file)).toMatchObject({size, resumedFrom: 0});
			expect(server.versionOf(readFileSync(place.file))).toBe(2);
		});
	});

	test('continues on its own when the connection is lost', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		server.next(
			{dropAfter: 100_000},
			{resetAfter: 50_000},
			{status: 503},
			{hangUp: true},
			{silentAfter: 1000},
		);
		const result = await download(server.url, place.file, {retry, idleTimeout: 50});
		expect(result).toMatchObject({size, resumedFrom: 0});
		expect(hashOf(place.file)).toBe(sha256(server.file.content));
		expect(place.names).toEqual(['file']);
	});

	test('after the attempts were used up continues, too', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		const once = {retry: {maxAttempts: 1}};
		server.next({dropAfter: 200_000}, {status: 503});
		const lost = {code: 'ERR_CONNECTION_LOST', status: 503, total: size};
		await expect(download(server.url, place.file, once)).rejects.toMatchObject(lost);
		expect(await leftovers(place, server)).toEqual(nothing);
		const resumedFrom = place.state.offset;
		server.next({status: 503});
		await expect(download(server.url, place.file, once)).rejects.toMatchObject({
			...lost,
			offset: resumedFrom,
		});
		expect(place.names).toEqual(['.part', '.part.json']);
		expect(await download(server.url, place.file)).toMatchObject({size, resumedFrom});
		expect(hashOf(place.file)).toBe(sha256(server.file.content));
	});
});

describe('rule 20: a resource that has changed', () => {
	test('since the last call: is brought from 0', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		await bringHalf(server, place);
		server.change({size: 300_000});
		const result = await download(server.url, place.file);
		expect(result).toEqual({file: place.file, size: 300_000, resumedFrom: 0, reconnects: 1});
		expect(server.versionOf(readFileSync(place.file))).toBe(2);
		expect(place.names).toEqual(['file']);
	});

	test('during the call: is brought from 0', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		server.next({silentAfter: half});
		const offsets: number[] = [];
		const onProgress = ({offset}: Transfer): void => {
			offsets.push(offset);
			if (offset !== half || server.versions.length > 1) return;
			server.change();
			server.killSockets();
		};
		expect(await download(server.url, place.file, {retry, onProgress})).toMatchObject({size, reconnects: 2});
		expect(server.versionOf(readFileSync(place.file))).toBe(2);
		expect(offsets.filter((offset) => offset === 0)).toHaveLength(2);
	});

	test('to one that cannot be resumed: the sidecar goes', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		await bringHalf(server, place);
		server.change({etag: undefined, lastModified: undefined});
		const names: string[][] = [];
		await download(server.url, place.file, {
			onChanged: 'restart',
			...at(size, () => names.push(place.names)),
		});
		expect(names).toEqual([['.part']]);
		expect(server.versionOf(readFileSync(place.file))).toBe(2);
	});

	test.each([0, 1, 2])('again and again: fails after maxAttempts %s', async (maxAttempts) => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		await bringHalf(server, place);
		server.change();
		server.otherwise = (request, response) => {
			const isAnew = request.headers.range === undefined;
			if (!isAnew) server.change();
			void server.serve(request, response, isAnew ? {dropAfter: 50_000} : {});
		};
		writeFileSync(place.file, 'old');
		const call = download(server.url, place.file, {retry: {...retry, maxAttempts}});
		await expect(call).rejects.toMatchObject({code: 'ERR_CHANGED'});
		const anew = server.requests.slice(1).filter(({headers}) => headers['range'] === undefined);
		expect(anew).toHaveLength(maxAttempts);
		expect([readFileSync(place.file, 'utf8'), place.names]).toEqual(['old', ['file']]);
	});

	test("with onChanged 'error': fails, and leaves neither part nor sidecar", async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		await bringHalf(server, place);
		writeFileSync(place.file, 'old');
		server.change();
		const call = download(server.url, place.file, {onChanged: 'error'});
		await expect(call).rejects.toMatchObject({code: 'ERR_CHANGED', offset: half});
		expect([readFileSync(place.file, 'utf8'), place.names]).toEqual(['old', ['file']]);
		expect(await leftovers(place, server)).toEqual(nothing);
	});
});

describe('rule 21: no file', () => {
	test.each([400, 401, 404, 410, 416, 429, 500, 503, 304])(
		'for status %s, and nothing else',
		async (status) => {
			await using server = await HostileServer.start({size});
			await using place = await Place.create();
			const {signal} = new PausableController();
			const call = download(server.next({status}).url, place.file, {signal});
			await expect(call).rejects.toBeInstanceOf(TransferError);
			await expect(call).rejects.toMatchObject({code: 'ERR_STATUS', status, url: server.url, offset: 0});
			expect([place.names, server.requests.length]).toEqual([[], 1]);
			expect(await leftovers(place, server, signal)).toEqual(nothing);
		},
	);

	test.each([404, 410, 405, 503])(
		'D6: but the part stays when a later call meets status %s',
		async (status) => {
			await using server = await HostileServer.start({size});
			await using place = await Place.create();
			await bringHalf(server, place);
			const call = download(server.next({status}).url, place.file, {retry: {maxAttempts: 0}});
			await expect(call).rejects.toMatchObject({status});
			expect(place.names).toEqual(['.part', '.part.json']);
			expect(await download(server.url, place.file)).toMatchObject({size, resumedFrom: half});
			expect(hashOf(place.file)).toBe(sha256(server.file.content));
		},
	);

	test.each([401, 403])('but the earlier bytes stay when a later call is denied with %s', async (status) => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		await bringHalf(server, place);
		const call = download(server.next({status}).url, place.file);
		await expect(call).rejects.toMatchObject({code: 'ERR_STATUS', status});
		const headers = {authorization: 'Bearer of a token'};
		expect(await download(server.url, place.file, {headers})).toMatchObject({size, resumedFrom: half});
		expect(hashOf(place.file)).toBe(sha256(server.file.content));
	});

	test('for a 206 with other bytes than requested', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		await bringHalf(server, place);
		server.next({multipart: true});
		await expect(download(server.url, place.file)).rejects.toMatchObject({code: 'ERR_BAD_RANGE'});
		expect(place.names).toEqual([]);
	});

	test('in a missing folder: refused before any request', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		writeFileSync(path.join(place.folder, 'text'), '');
		const into = (name: string): Promise<unknown> =>
			download(server.url, path.join(place.folder, name, 'film.mkv'));
		await expect(into('missing')).rejects.toMatchObject({
			code: 'ENOENT',
			path: expect.stringContaining(path.join(place.folder, 'missing')),
		});
		await expect(into('text')).rejects.toMatchObject({
			code: 'ENOTDIR',
			path: expect.stringContaining('text'),
		});
		expect([server.requests.length, place.names]).toEqual([0, ['text']]);
	});

	test('instead of a folder or a device: refused before any request', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		const call = download(server.url, place.folder);
		await expect(call).rejects.toMatchObject({code: 'EISDIR', path: place.folder, syscall: 'open'});
		await expect(download(server.url, '/dev/null')).rejects.toThrow(RangeError);
		expect([server.requests.length, place.names]).toEqual([0, []]);
	});

	test.each(['.part', '.part.json'])('if %s is a folder', async (suffix) => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		writeFileSync(place.file, 'old');
		mkdirSync(place.file + suffix);
		const call = download(server.url, place.file);
		await expect(call).rejects.toMatchObject({code: 'EISDIR', path: expect.stringContaining(place.part)});
		expect([readFileSync(place.file, 'utf8'), place.names]).toEqual(['old', [suffix, 'file']]);
		expect(await leftovers(place, server)).toEqual(nothing);
	});

	const hasFullDisk = existsSync('/dev/full');
	(hasFullDisk ? test : test.skip)('on a disk that is full: ENOSPC, connection closed', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		const {signal} = new PausableController();
		writeFileSync(place.file, 'old');
		symlinkSync('/dev/full', place.part);
		server.next({silentAfter: half});
		const call = download(server.url, place.file, {signal});
		await expect(call).rejects.toMatchObject({code: 'ENOSPC', syscall: 'write', path: place.part});
		expect([readFileSync(place.file, 'utf8'), place.names]).toEqual(['old', ['file']]);
		expect(await leftovers(place, server, signal)).toEqual(nothing);
	});

	test.each([
		['url', {url: 5 as never}, TypeError],
		['url', {url: 'no url'}, TypeError],
		['file', {file: 5 as never}, TypeError],
		['file', {file: ''}, RangeError],
		['file', {file: 'folder/'}, RangeError],
		['file', {file: new URL('http://localhost/')}, TypeError],
		['onChanged', {onChanged: 'skip' as never}, RangeError],
		['onChanged', {onChanged: 1 as never}, TypeError],
		['keepPartial', {keepPartial: 'no' as never}, TypeError],
		['onProgress', {onProgress: {} as never}, TypeError],
		['from', {from: {url: 'x', offset: 0, total: null, etag: null, lastModified: null}}, TypeError],
		['from.url', {from: {} as never}, TypeError],
		['holdMs', {holdMs: -1}, RangeError],
		['buffer', {buffer: 'x' as never}, TypeError],
		['retry.maxAttempts', {retry: {maxAttempts: 0.5}}, RangeError],
		['signal', {signal: {} as never}, TypeError],
		['options', 7 as never, TypeError],
	] as const)('for a bad %s: refused before any request (%#)', async (name, input, error) => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		const {
			url = server.url,
			file = place.file,
			...options
		} = input as DownloadOptions & {url?: string; file?: string};
		const call = download(url, file, typeof input === 'number' ? input : options);
		await expect(call).rejects.toThrow(error);
		await expect(call).rejects.toThrow(`${name}: expected`);
		expect([server.requests.length, place.names]).toEqual([0, []]);
	});
});
