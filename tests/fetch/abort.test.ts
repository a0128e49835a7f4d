// Rule 10: an abort and a cancel, in every state that a transfer can be in, end it at once and leave nothing.
import {describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {pausableFetch, transferOf} from 'pausable-signal/fetch';
import {collectGarbage} from '../core/support.ts';
import {
	expectNothingOn,
	flush,
	type HostileServer,
	never,
	pass,
	reasons,
	run,
	type Run,
	serve,
	settle,
	until,
	useFakeClock,
	watched,
} from './kit.ts';

const size = 3_000_000;

describe('while a body is read', () => {
	useFakeClock();

	/** Brings a transfer into a state. What is read there does not come. */
	const states: Record<string, (server: HostileServer) => Promise<Run>> = {
		'running, with nothing asked for': (server) => run(server),
		'running, and silent': async (server) => {
			const one = await run(server.next({silentAfter: 1000}));
			await one.read();
			return one;
		},
		'running, without a known end': async (server) => {
			const one = await run(server.next({chunked: true, gzip: true, silentAfter: 1000}));
			await one.read();
			return one;
		},
		held: async (server) => {
			const one = await run(server);
			await one.read();
			one.controller.pause();
			return one;
		},
		'held, with bytes that are kept': async (server) => {
			const one = await run(server, {buffer: 500_000});
			await one.read();
			one.controller.pause();
			await settle();
			return one;
		},
		'held, with all bytes come': async (server) => {
			const one = await run(server.next({body: 'short'}));
			await one.read();
			one.controller.pause();
			return one;
		},
		'held, with its connection dead': async (server) => {
			const one = await run(server);
			one.controller.pause();
			server.killSockets();
			await until(() => server.openSockets === 0);
			return one;
		},
		dropped: async (server) => {
			const one = await run(server);
			one.controller.pause();
			await pass(25_000);
			expect(one.transfer.state).toBe('dropped');
			return one;
		},
		'dropped, and resumed': async (server) => {
			const one = await run(server, {holdMs: 0});
			one.controller.pause();
			one.controller.resume();
			server.next({wait: never});
			expect(one.transfer.state).toBe('dropped');
			return one;
		},
		reconnecting: async (server) => {
			const one = await run(server.next({dropAfter: 1000}, {wait: never}));
			await one.read();
			return one;
		},
		'reconnecting, and held': async (server) => {
			const one = await run(server.next({dropAfter: 1000}, {wait: never}));
			await one.read();
			void one.read().catch(() => {});
			await until(() => server.requests.length === 2);
			one.controller.pause();
			expect(one.transfer.state).toBe('held');
			return one;
		},
		'between two attempts': async (server) => {
			const one = await run(server.next({dropAfter: 1000}, {status: 503}));
			await one.read();
			void one.read().catch(() => {});
			await until(() => server.requests.length === 2 && server.openAnswers === 0);
			return one;
		},
		'throwing away what it has': async (server) => {
			server.file.lastModified = undefined;
			server.next({dropAfter: 2_000_000}, {ignoreRange: true, silentAfter: 1_000_000});
			const one = await run(server);
			await one.readTo(2_000_000);
			void one.read().catch(() => {});
			await until(() => server.requests.length === 2);
			await settle();
			return one;
		},
	};

	describe.each(Object.entries(states))('%s', (name, bring) => {
		const kinds = name === 'held' ? reasons : reasons.slice(0, 1);

		test.each(kinds)('an abort with %s: pending reads reject with it', async (_kind, reason) => {
			const server = await serve({size});
			const one = await bring(server);
			const reads = one.transfer.state === 'running' && one.bytes.length === 0 ? [] : [watched(one.read())];
			await settle();
			expect(reads.every(({state}) => state === 'pending')).toBe(true);
			one.controller.abort(reason);
			expect(one.transfer.state).toBe('stopped');
			await flush();
			reads.push(watched(one.read()));
			await flush();
			for (const read of reads) {
				expect(read.state).toBe('rejected');
				expect(read.reason).toBe(one.controller.signal.reason);
			}
			await one.expectNothingLeft();
			await until(() => server.openSockets === 0 || server.openAnswers === 0);
		});

		test('a cancel: the reads end, and the connection is closed', async () => {
			const server = await serve({size});
			const one = await bring(server);
			const read = one.transfer.state === 'running' && one.bytes.length === 0 ? undefined : one.read();
			await settle();
			const cancelled = one.cancel('no more');
			expect(one.transfer.state).toBe('stopped');
			await cancelled;
			expect(await (read ?? one.read())).toBe(false);
			one.controller.abort();
			expect(one.transfer.state).toBe('stopped');
			await one.expectNothingLeft();
		});
	});

	test('after the end neither changes anything', async () => {
		const one = await run(await serve({size: 1000}));
		await one.expectWhole();
		one.controller.abort();
		await one.cancel();
		expect(one.transfer.state).toBe('completed');
	});

	test('an abort in the same tick as a resume lets no byte through', async () => {
		const one = await run(await serve({size}), {buffer: 500_000});
		await one.read();
		one.controller.pause();
		const read = watched(one.read());
		await settle();
		one.controller.resume();
		one.controller.abort('enough');
		await flush();
		expect(read).toMatchObject({state: 'rejected', reason: 'enough'});
		await one.expectNothingLeft();
	});

	test('an abort of a plain signal', async () => {
		const server = await serve({size});
		const controller = new AbortController();
		const response = await pausableFetch(server.url, {signal: controller.signal});
		controller.abort('enough');
		await expect(response.text()).rejects.toBe('enough');
		expectNothingOn(controller.signal);
	});
});

describe('while the call waits', () => {
	const states: Record<string, (server: HostileServer, controller: PausableController) => unknown> = {
		'for the answer': (server) => server.next({wait: never}),
		'for a resume, before the request': (_server, controller) => controller.pause(),
		'for a resume, with the answer there': async (server, controller) => {
			server.next((request, response, self) => {
				controller.pause();
				void self.serve(request, response);
			});
		},
	};
	const calls = Object.keys(states).flatMap((state) =>
		reasons.map(([name, reason]) => [state, name, reason] as const),
	);

	test.each(calls)('%s, an abort with %s rejects it', async (state, _name, reason) => {
		const server = await serve({size});
		const controller = new PausableController();
		states[state]!(server, controller);
		const call = watched(pausableFetch(server.url, {signal: controller.signal}));
		await settle();
		if (state !== 'for a resume, before the request') await until(() => server.requests.length === 1);
		expect(call.state).toBe('pending');
		controller.abort(reason);
		await flush();
		expect(call.state).toBe('rejected');
		expect(call.reason).toBe(controller.signal.reason);
		await until(() => server.openSockets === 0);
		expectNothingOn(controller.signal);
	});

	test('an abort before it: no request', async () => {
		const server = await serve();
		await expect(pausableFetch(server.url, {signal: AbortSignal.abort('no')})).rejects.toBe('no');
		await settle();
		expect(server.connections).toBe(0);
	});

	test('an abort rejects it even if the caller’s own fetch does not react', async () => {
		const controller = new PausableController();
		const deaf = (() => never) as typeof fetch;
		const call = watched(pausableFetch('http://localhost/', {signal: controller.signal, fetch: deaf}));
		await flush();
		controller.abort('enough');
		await flush();
		expect(call).toMatchObject({state: 'rejected', reason: 'enough'});
		expectNothingOn(controller.signal);
	});

	test('an answer that comes after the abort is closed', async () => {
		const controller = new PausableController();
		let answer = (_response: Response): void => {};
		const late = (() => new Promise<Response>((resolve) => (answer = resolve))) as typeof fetch;
		const call = watched(pausableFetch('http://localhost/', {signal: controller.signal, fetch: late}));
		await flush();
		controller.abort('enough');
		let cancelled = 0;
		answer(new Response(new ReadableStream({cancel: () => void cancelled++})));
		await flush();
		expect([call.state, cancelled]).toEqual(['rejected', 1]);
	});
});

describe('a response that is no longer referenced', () => {
	test.each([false, true])('releases its connection and the signal (paused: %s)', async (isPaused) => {
		const server = await serve({size});
		server.next({silentAfter: 1000});
		const controller = new PausableController();
		await (async () => void (await pausableFetch(server.url, {signal: controller.signal})))();
		if (isPaused) controller.pause();
		expect(server.openAnswers).toBe(1);
		while (server.openAnswers > 0) await collectGarbage();
		expectNothingOn(controller.signal);
	});

	test('is collected even if its transfer is kept', async () => {
		const server = await serve({size});
		server.next({silentAfter: 1000});
		const controller = new PausableController();
		const transfer = await (async () =>
			transferOf(await pausableFetch(server.url, {signal: controller.signal}))!)();
		while (server.openAnswers > 0) await collectGarbage();
		expect(transfer.state).toBe('stopped');
	});
});
