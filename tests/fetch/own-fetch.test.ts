// What a caller's own `fetch` may give that the platform's does not.
import {describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {pausableFetch, transferOf} from 'pausable-signal/fetch';
import {expectNothingOn} from './kit.ts';

const url = 'http://localhost/';

/** A response from somebody's own fetch. */
async function given(response: Response): Promise<{controller: PausableController; response: Response}> {
	const controller = new PausableController();
	const {signal} = controller;
	return {controller, response: await pausableFetch(url, {signal, fetch: async () => response})};
}

function streamOf(...texts: string[]): ReadableStream<Uint8Array> {
	const chunks = texts.map((text) => new TextEncoder().encode(text));
	return new ReadableStream({
		pull(controller) {
			const chunk = chunks.shift();
			if (chunk === undefined) controller.close();
			else controller.enqueue(chunk);
		},
	});
}

describe('a fetch of the caller', () => {
	test('may give empty chunks: the transfer waits for the next one', async () => {
		const {controller, response} = await given(new Response(streamOf('', 'one', '', '', ' two', '')));
		expect(await response.text()).toBe('one two');
		expect(transferOf(response)).toMatchObject({state: 'completed', offset: 7, reconnects: 0});
		expectNothingOn(controller.signal);
	});

	test('may return a body that it reads itself: the transfer fails', async () => {
		const body = new Response(streamOf('text'));
		const reader = body.body!.getReader();
		const {controller, response} = await given(body);
		await expect(response.text()).rejects.toMatchObject({
			name: 'TransferError',
			code: 'ERR_CONNECTION_LOST',
			cause: expect.objectContaining({name: 'TypeError', message: expect.stringContaining('locked')}),
		});
		expect(transferOf(response)!.state).toBe('failed');
		expectNothingOn(controller.signal);
		reader.releaseLock();
	});

	test('may give an empty body', async () => {
		const {controller, response} = await given(new Response(streamOf('')));
		expect(await response.text()).toBe('');
		expectNothingOn(controller.signal);
	});
});
