import {describe, expect, jest, test} from '@jest/globals';
import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {forever, PausableSignal, run} from 'pausable-signal';
import {Deferred, flush, rejectionOf, watched} from './kit.ts';

const boom = new Error('boom');

describe('stop()', () => {
	test('aborts and waits for the cleanup', async () => {
		const cleanup = new Deferred<void>();
		const log: string[] = [];
		const stop = run(async (signal) => {
			log.push('called at once');
			try {
				await forever(signal);
			} finally {
				await cleanup.promise;
				log.push('cleaned up');
			}
		});
		expect(log).toEqual(['called at once']);
		const stopped = watched(stop());
		await flush();
		expect(stopped.state).toBe('pending');
		cleanup.resolve();
		await flush();
		expect(stopped.state).toBe('resolved');
		expect(log).toEqual(['called at once', 'cleaned up']);
	});

	test('resolves when the function has ended already, every time', async () => {
		const stop = run(async () => {});
		await flush();
		await stop();
		await stop();
	});

	test('the function gets a pausable signal', async () => {
		const stop = run((signal) => expect(signal).toBeInstanceOf(PausableSignal));
		await stop();
	});

	test.each([
		['while it runs', () => Promise.reject(boom)],
		['at once', () => fail()],
		['in its cleanup', (signal: PausableSignal) => forever(signal).catch(fail)],
	])('rejects with the error of a function that failed %s', async (_when, fn) => {
		const stop = run(fn);
		await flush();
		expect(await rejectionOf(stop())).toBe(boom);
		expect(await rejectionOf(stop())).toBe(boom);
	});

	test('a failure long before is told, and is no unhandled rejection until then', async () => {
		const stop = run(async () => {
			throw boom;
		});
		// Unhandled rejections are reported after a turn of the event loop, and would fail this test.
		await new Promise((resolve) => setImmediate(resolve));
		expect(await rejectionOf(stop())).toBe(boom);
	});

	test("an AbortError is no failure, as abort-controller-x's own", async () => {
		const stop = run(async () => {
			throw new DOMException('aborted', 'AbortError');
		});
		await stop();
	});

	test('is what ends a block that uses it', async () => {
		const log: string[] = [];
		{
			await using stop = run(async (signal) => {
				await forever(signal).catch(() => log.push('stopped'));
			});
			expect(typeof stop).toBe('function');
			log.push('block');
		}
		expect(log).toEqual(['block', 'stopped']);
	});

	test('is not called with what an event hands out', async () => {
		let reason: unknown;
		const stop = run(async (signal) => {
			await forever(signal).catch((error: unknown) => {
				reason = error;
			});
		});
		const target = new EventTarget();
		target.addEventListener('click', () => void stop());
		const handler: (event: Event) => Promise<void> = stop;
		await handler(new Event('click'));
		expect(reason).toMatchObject({name: 'AbortError'});
	});
});

test('throws at once when the function is none', () => {
	expect(() => run('fn' as never)).toThrow("fn: expected a function, got 'fn' (string)");
});

describe('a failure that nobody can hear of any more', () => {
	const entry = new URL('../../src/index.ts', import.meta.url).href;
	const root = fileURLToPath(new URL('../..', import.meta.url));

	// In a process of its own: an unhandled rejection in this one would fail the test.
	async function unhandledIn(code: string): Promise<string[]> {
		const program = `
			import {run} from '${entry}';
			const seen = [];
			process.on('unhandledRejection', (error) => seen.push(error.message));
			const turn = () => new Promise((resolve) => setImmediate(resolve));
			const collect = async () => { for (let i = 0; i < 5; i++) { await turn(); gc(); } await turn(); };
			${code}
			console.log(JSON.stringify(seen));
		`;
		const flags = ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', program];
		const {stdout} = await promisify(execFile)(process.execPath, flags, {cwd: root});
		return JSON.parse(stdout) as string[];
	}

	test('is an unhandled rejection once stop was dropped', async () => {
		expect(
			await unhandledIn(`
				run(async () => { throw new Error('before the collection'); });
				await collect();
				let fail;
				run(() => new Promise((_, reject) => { fail = reject; }));
				await collect();
				fail(new Error('after the collection'));
				await turn();
			`),
		).toEqual(['before the collection', 'after the collection']);
	}, 30_000);

	test('is none while stop is kept, nor when it was called', async () => {
		expect(
			await unhandledIn(`
				globalThis.kept = run(async () => { throw new Error('kept'); });
				const told = [];
				await (async () => {
					await run(async () => { throw new Error('told'); })().catch((error) => told.push(error.message));
				})();
				run(async () => {});
				await collect();
				seen.push(...told);
			`),
		).toEqual(['told']);
	}, 30_000);
});

test('nothing keeps the function of a run that was dropped from going on', async () => {
	const ticks = jest.fn();
	const gate = new Deferred<void>();
	run(async () => {
		await gate.promise;
		ticks();
	});
	gate.resolve();
	await flush();
	expect(ticks).toHaveBeenCalledTimes(1);
});

function fail(): never {
	throw boom;
}
