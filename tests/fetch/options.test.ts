// Bad options are refused before any request, with an error that names them.
import {expect, test} from '@jest/globals';
import {pausableFetch} from 'pausable-signal/fetch';

const url = 'http://localhost/';

test.each<[object, string, RegExp]>([
	[{holdMs: -1}, 'RangeError', /^holdMs: expected a number of milliseconds, 0 or more, got -1/],
	[{holdMs: '5'}, 'TypeError', /^holdMs: expected a number of milliseconds.*'5' \(string\)/],
	[{holdMs: NaN}, 'RangeError', /^holdMs/],
	[{buffer: 'x'}, 'TypeError', /^buffer: expected a number of bytes.*'x' \(string\)/],
	[{buffer: -1}, 'RangeError', /^buffer/],
	[{idleTimeout: NaN}, 'RangeError', /^idleTimeout/],
	[{retry: 3}, 'TypeError', /^retry: expected an object/],
	[{retry: {maxAttempts: 1.5}}, 'RangeError', /^retry\.maxAttempts/],
	[{retry: {baseMs: -1}}, 'RangeError', /^retry\.baseMs/],
	[{retry: {maxDelayMs: null}}, 'TypeError', /^retry\.maxDelayMs/],
	[{from: 5}, 'TypeError', /^from: expected the JSON of a transfer's state/],
	[{from: {}}, 'TypeError', /^from\.url: expected a string/],
	[{from: {url, offset: -1}}, 'RangeError', /^from\.offset/],
	[{from: {url, offset: 2 ** 60}}, 'RangeError', /^from\.offset/],
	[{from: {url, offset: 5, total: 4}}, 'RangeError', /^from\.total/],
	[{from: {url, offset: 5, etag: 5}}, 'TypeError', /^from\.etag/],
	[{from: {url, offset: 5, lastModified: 5}}, 'TypeError', /^from\.lastModified/],
	[{from: {url, offset: 5, etag: 'W/"x"'}}, 'RangeError', /^from: expected a state with a strong ETag/],
	[{from: {url, offset: 5, etag: '"x"'}, method: 'POST'}, 'TypeError', /^from: expected nothing/],
	[
		{from: {url, offset: 5, etag: '"x"'}, headers: {range: 'bytes=0-'}},
		'TypeError',
		/^from: expected nothing/,
	],
	[{fetch: 'x'}, 'TypeError', /^fetch: expected a function/],
	[{signal: 5}, 'TypeError', /^signal: expected an AbortSignal/],
])('%j', async (init, name, message) => {
	let requests = 0;
	const fetch = async (): Promise<Response> => new Response(String(requests++));
	const call = pausableFetch(url, Object.assign({fetch}, init));
	const error = await call.catch((error: unknown) => error);
	expect(error).toMatchObject({name, message: expect.stringMatching(message)});
	expect(requests).toBe(0);
});

test('undefined stands for the default', async () => {
	const init = {
		signal: undefined,
		holdMs: undefined,
		buffer: undefined,
		idleTimeout: undefined,
		retry: {maxAttempts: undefined, baseMs: undefined, maxDelayMs: undefined},
		from: undefined,
		fetch: async () => new Response('text'),
	};
	expect(await (await pausableFetch(url, init as never)).text()).toBe('text');
	expect(await (await pausableFetch(url, {...init, retry: undefined} as never)).text()).toBe('text');
});
