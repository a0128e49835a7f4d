import {describe, expect, test} from '@jest/globals';
import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {forever, PausableSignal, run} from 'pausable-signal';
import {collectGarbage, Deferred, flush, rejectionOf, watched} from './kit.ts';

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

	test('gives the function a pausable signal', async () => {
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

	test('rejects with a failure from long before, which is no unhandled rejection until then', async () => {
		const stop = run(async () => {
			throw boom;
		});
		// Unhandled rejections are reported after a turn of the event loop, and would fail this test.
		await new Promise((resolve) => setImmediate(resolve));
		expect(await rejectionOf(stop())).toBe(boom);
	});

	test('does not reject with an AbortError, as in abort-controller-x', async () => {
		const stop = run(async () => {
			throw new DOMException('aborted', 'AbortError');
		});
		await flush();
		await stop();
	});

	test('ends the work at the end of a `using` block', async () => {
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

	test('is not called with the arguments of an event', async () => {
		let reason: unknown;
		const stop = run(async (signal) => {
			await forever(signal).catch((error: unknown) => {
				reason = error;
			});
		});
		const handler: (event: Event) => Promise<void> = stop;
		await handler(new Event('click'));
		expect(reason).toMatchObject({name: 'AbortError'});
	});
});

test('run() throws at once for a value that is no function', () => {
	expect(() => run('fn' as never)).toThrow("fn: expected a function, got 'fn' (string)");
});

describe('a failure that no caller can learn of any more', () => {
	const entry = new URL('../../src/index.ts', import.meta.url).href;
	const root = fileURLToPath(new URL('../..', import.meta.url));

	// In a process of its own: an unhandled rejection in this one would fail the test.
	async function runProgram(code: string): Promise<{code: number; stdout: string; stderr: string}> {
		const program = `
			import {run} from '${entry}';
			const fail = async (message) => { throw new Error(message); };
			const turn = () => new Promise((resolve) => setImmediate(resolve));
			const collect = async () => { for (let i = 0; i < 5; i++) { await turn(); gc(); } await turn(); };
			${code}
		`;
		const flags = ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', program];
		try {
			return {code: 0, ...(await promisify(execFile)(process.execPath, flags, {cwd: root}))};
		} catch (error) {
			return error as {code: number; stdout: string; stderr: string};
		}
	}

	const collecting = `process.on('unhandledRejection', (error) => console.log(error.message));`;

	test('is an unhandled rejection once stop was collected, whichever comes first', async () => {
		const {stdout} = await runProgram(`
			${collecting}
			run(() => fail('before'));
			await collect();
			console.log('collected');
			let reject;
			run(() => new Promise((_, rejectIt) => { reject = rejectIt; }));
			await collect();
			reject(new Error('after'));
			await turn();
			console.log(process.listenerCount('beforeExit'), 'listeners');
		`);
		expect(stdout.split('\n')).toEqual(['before', 'collected', 'after', '0 listeners', '']);
	}, 30_000);

	test('is none while stop is kept, nor when it was called', async () => {
		const {stdout} = await runProgram(`
			${collecting}
			globalThis.kept = run(() => fail('kept'));
			const call = async () => {
				const stop = run(() => fail('told'));
				await turn();
				await stop().catch((error) => console.log(error.message, 'by stop()'));
			};
			await call();
			run(async () => {});
			await collect();
			console.log('end');
			await kept().catch(() => {});
		`);
		expect(stdout.split('\n')).toEqual(['told by stop()', 'end', '']);
	}, 30_000);

	test('reaches only the caller of stop() when it comes after the call, even if stop is dropped', async () => {
		const {stdout} = await runProgram(`
			${collecting}
			let reject;
			const call = () => {
				const stop = run(() => new Promise((_, rejectIt) => { reject = rejectIt; }));
				stop().catch((error) => console.log(error.message, 'by stop()'));
			};
			call();
			await collect();
			reject(new Error('told'));
			await turn();
			console.log('end');
		`);
		expect(stdout.split('\n')).toEqual(['told by stop()', 'end', '']);
	}, 30_000);

	test('ends the process as a failure when nothing is left to do', async () => {
		const {code, stderr} = await runProgram(`
			for (let i = 0; i < 20; i++) run(() => fail('told')) ().catch(() => {});
			globalThis.kept = run(() => fail('nobody stopped me'));
		`);
		expect(code).toBe(1);
		expect(stderr).toContain('nobody stopped me');
		expect(stderr).not.toContain('told');
	}, 30_000);

	test('causes no warning about listeners, however many there are', async () => {
		const {stdout, stderr} = await runProgram(`
			${collecting}
			globalThis.kept = Array.from({length: 20}, (_, index) => run(() => fail(index)));
			await turn();
		`);
		expect(stdout.trim().split('\n')).toHaveLength(20);
		expect(stderr).toBe('');
	}, 30_000);
});

test('a failure that a caller has received leaves nothing on the process', async () => {
	const before = process.listenerCount('beforeExit');
	const early = run(async () => fail());
	await flush();
	expect(process.listenerCount('beforeExit')).toBe(before + 1);
	expect(await rejectionOf(early())).toBe(boom);
	const late = run((signal) => forever(signal).catch(fail));
	expect(await rejectionOf(late())).toBe(boom);
	expect(process.listenerCount('beforeExit')).toBe(before);
});

test('a run that was stopped is collected', async () => {
	const stopped = async (): Promise<WeakRef<object>> => {
		const stop = run((signal) => forever(signal));
		await stop();
		return new WeakRef(stop);
	};
	const ref = await stopped();
	await collectGarbage();
	expect(ref.deref()).toBe(undefined);
});

function fail(): never {
	throw boom;
}
