// A fetch, interrupted at every point.
import {expect, test} from '@jest/globals';
import {delay} from 'pausable-signal';
import {pausableFetch} from 'pausable-signal/fetch';
import {sweep} from 'pausable-signal/testing';

test('a fetch sends no request after the abort, and no request outlives the fetch', async () => {
	const report = await sweep(
		async ({signal, check}) => {
			const askedWhenAborted: boolean[] = [];
			check(() => expect(askedWhenAborted).not.toContain(true));
			const server: typeof fetch = async (_input, init) => {
				askedWhenAborted.push(signal.aborted);
				await delay(init!.signal!, 20);
				return new Response('some text');
			};
			const response = await pausableFetch('http://site.example/', {signal, fetch: server});
			expect(await response.text()).toBe('some text');
		},
		{gaps: [0, 1, 3]},
	);
	expect(report.points).toBeGreaterThan(10);
});
