// A5: which signal a request follows, and the warning where a pause cannot reach it.
import {expect, jest, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {pausableFetch, transferOf} from 'pausable-signal/fetch';
import {never, serve, settle, until, watched} from './kit.ts';

test('A5: the signal in the options counts, whatever signal the Request was made with', async () => {
	const server = await serve({size: 1000});
	const own = new PausableController();
	const beside = new PausableController();
	const request = new Request(server.url, {signal: own.signal});
	const response = await pausableFetch(request, {signal: beside.signal});
	beside.pause();
	expect(transferOf(response)!.state).toBe('held');
	beside.resume();
	expect((await response.arrayBuffer()).byteLength).toBe(1000);
});

test('A5: a Request that keeps its original signal is paused by it', async () => {
	const server = await serve({size: 1000});
	const controller = new PausableController();
	const request = new Request(server.url);
	Object.defineProperty(request, 'signal', {value: controller.signal});
	controller.pause();
	const call = watched(pausableFetch(request));
	await settle();
	expect([call.state, server.connections]).toEqual(['pending', 0]);
	controller.resume();
	await until(() => call.state === 'resolved');
	await call.value!.text();
});

test('A5: a signal that the platform made is aborted and not paused; a warning says so once', async () => {
	const server = await serve({size: 1000});
	const controller = new PausableController();
	const request = new Request(server.url, {signal: controller.signal});
	const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
	const env = process.env['NODE_ENV'];
	process.env['NODE_ENV'] = 'production';
	await (await pausableFetch(request)).text();
	process.env['NODE_ENV'] = env;
	await (await pausableFetch(request, {signal: controller.signal})).text();
	await (await pausableFetch(request, {signal: null})).text();
	expect(warn).not.toHaveBeenCalled();
	for (let i = 0; i < 3; i++) await (await pausableFetch(request)).text();
	expect(warn.mock.calls).toEqual([
		[expect.stringContaining('pausableFetch(request, {signal})'), {code: 'PAUSABLE_SIGNAL_REQUEST'}],
	]);
	warn.mockRestore();
	const call = watched(pausableFetch(server.next({wait: never}) && request));
	await until(() => server.requests.length === 7);
	controller.abort('enough');
	await settle();
	expect([call.state, call.reason]).toEqual(['rejected', 'enough']);
});
