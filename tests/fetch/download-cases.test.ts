// D4 to D6: what becomes of modes, of long names, and of a part when a server is not itself.
import {describe, expect, test} from '@jest/globals';
import {chmodSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {download, type DownloadOptions} from 'pausable-signal/fetch';
import {retryAfterOf} from '../../src/fetch/retry-after.ts';
import {stemOf} from '../../src/fetch/stem.ts';
import {type Behaviour, HostileServer, sha256} from '../support/hostile-server.ts';
import {at, hashOf, Place} from './download-kit.ts';

const size = 400_000;
const half = size / 2;

const modeOf = (file: string): string => (statSync(file).mode & 0o7777).toString(8);

async function bringHalf(server: HostileServer, file: string): Promise<void> {
	const controller = new AbortController();
	const stop = at(half, () => controller.abort('half'));
	const stopped = download(server.next({silentAfter: half}).url, file, {signal: controller.signal, ...stop});
	await expect(stopped).rejects.toBe('half');
}

describe('D4: the mode of a file that is replaced', () => {
	test.each([0o600, 0o755, 0o444, 0o640, 0o1777])('stays %o', async (mode) => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		writeFileSync(place.file, 'old');
		chmodSync(place.file, mode);
		await bringHalf(server, place.file);
		await download(server.url, place.file);
		expect(modeOf(place.file)).toBe(mode.toString(8));
		expect(hashOf(place.file)).toBe(sha256(server.file.content));
	});

	test('is also that of its part, so that an unreadable file stays unreadable during the download', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		writeFileSync(place.file, 'old', {mode: 0o600});
		await bringHalf(server, place.file);
		expect(modeOf(place.part)).toBe('600');
	});

	test('is that of any new file if there was no file', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		await download(server.url, place.file);
		const other = path.join(place.folder, 'other');
		writeFileSync(other, '');
		expect(modeOf(place.file)).toBe(modeOf(other));
	});
});

describe('D5: a long name', () => {
	const names = [240, 241, 242, 247, 250, 251, 255].map((length) => 'a'.repeat(length));

	test.each([...names, 'é'.repeat(127), `${'🎬'.repeat(63)}abc`])('%s', async (name) => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		const file = path.join(place.folder, name);
		await bringHalf(server, file);
		expect(readdirSync(place.folder)).toHaveLength(2);
		expect(await download(server.url, file)).toMatchObject({file, size, resumedFrom: half});
		expect(readdirSync(place.folder)).toEqual([name]);
		expect(hashOf(file)).toBe(sha256(server.file.content));
	});

	test('gets its own names for the part and sidecar, short enough for a disk', () => {
		const folder = path.join('/', 'a'.repeat(250));
		const stems = ['x', 'y'].map((end) => stemOf(path.join(folder, 'a'.repeat(254) + end)));
		expect(new Set(stems).size).toBe(2);
		for (const stem of stems) {
			expect(path.dirname(stem)).toBe(folder);
			expect(Buffer.byteLength(`${path.basename(stem)}.part.json.tmp`)).toBeLessThanOrEqual(255);
		}
	});
});

describe('D6: a server that answers wrongly while a part is on the disk', () => {
	const portal: Behaviour = {body: '<h1>Log in</h1>', headers: {etag: undefined, 'last-modified': undefined}};
	const gone: [string, Behaviour, object][] = [
		['404', {status: 404}, {code: 'ERR_STATUS', status: 404}],
		['410', {status: 410}, {code: 'ERR_STATUS', status: 410}],
		['401', {status: 401}, {code: 'ERR_STATUS', status: 401}],
		['503', {status: 503}, {code: 'ERR_CONNECTION_LOST', status: 503}],
		['the page of a captive portal', {...portal, ignoreRange: true}, {code: 'ERR_CHANGED'}],
	];
	const options = {retry: {maxAttempts: 1}} as const;

	test.each(gone)('%s in a later call: fails, and keeps part and file', async (_name, behaviour, failure) => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		await bringHalf(server, place.file);
		writeFileSync(place.file, 'old');
		const call = download(server.next(behaviour).url, place.file, options);
		await expect(call).rejects.toMatchObject(failure);
		expect(place.names).toEqual(['.part', '.part.json', 'file']);
		expect(readFileSync(place.file, 'utf8')).toBe('old');
		expect(await download(server.url, place.file)).toMatchObject({size, resumedFrom: half});
	});

	test.each(gone)('%s in the same call: keeps part and file, too', async (_name, behaviour, failure) => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		writeFileSync(place.file, 'old');
		const call = download(server.next({dropAfter: half}, behaviour).url, place.file, options);
		await expect(call).rejects.toMatchObject(failure);
		expect(place.names).toEqual(['.part', '.part.json', 'file']);
		const {resumedFrom} = await download(server.url, place.file);
		expect(resumedFrom).toBeGreaterThan(0);
		expect(hashOf(place.file)).toBe(sha256(server.file.content));
	});

	test.each<[DownloadOptions['onChanged'], readonly string[]]>([
		['error', ['.part', '.part.json']],
		['restart', ['file']],
	])("the page of a captive portal with onChanged '%s'", async (onChanged, left) => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		await bringHalf(server, place.file);
		server.otherwise = {...portal, ignoreRange: true};
		const call = download(server.url, place.file, {...options, onChanged});
		if (onChanged === 'error') await expect(call).rejects.toMatchObject({code: 'ERR_CHANGED'});
		else expect(await call).toMatchObject({resumedFrom: 0});
		expect(place.names).toEqual(left);
	});

	test('with keepPartial: false neither part nor sidecar stays', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		await bringHalf(server, place.file);
		const call = download(server.next({status: 404}).url, place.file, {...options, keepPartial: false});
		await expect(call).rejects.toMatchObject({status: 404});
		expect(place.names).toEqual([]);
	});
});

describe('D6: Retry-After', () => {
	const now = Date.parse('2026-01-01T00:00:00Z');

	test.each([
		['3', 3000],
		['0', 0],
		['1.5', 1500],
		['0.0001', 1],
		[' 2 ', 2000],
		['-1', 0],
		['+3', 0],
		['1,5', 0],
		['1, 5', 0],
		['1e3', 0],
		['soon', 0],
		['', 0],
		['2027', 2_027_000],
		['Thu, 01 Jan 2026 00:00:07 GMT', 7000],
		['Thursday, 01-Jan-26 00:00:07 GMT', 7000],
		['Wed, 31 Dec 2025 23:00:00 GMT', 0],
		['2026-01-01T00:00:07Z', 0],
	])("'%s' is %s milliseconds", (value, ms) => {
		expect(retryAfterOf(new Headers({'retry-after': value}), now)).toBe(ms);
	});

	test('a missing header is 0', () => {
		expect(retryAfterOf(new Headers(), now)).toBe(0);
	});
});
