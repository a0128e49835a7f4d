// The events statechange and progress, and what is told first.
import {describe, expect, test} from '@jest/globals';
import {forever, PausableController, type Task} from 'pausable-signal';
import {Deferred, flush, start, statesOf, watched} from './kit.ts';

describe('progress', () => {
	test('is the last reported value when its event comes', async () => {
		const go = new Deferred<void>();
		const task = start<void, number>(async ({report}) => {
			await go.promise;
			for (const part of [1, 2, 2, 3]) report(part);
		});
		const seen: unknown[] = [task.progress];
		task.addEventListener('progress', () => seen.push(task.progress));
		go.resolve();
		await task.result;
		// Each report is told, also one of the same.
		expect(seen).toEqual([undefined, 1, 2, 2, 3]);
	});

	test('can be reported at once, while pausing and during the cleanup; after the end it is ignored', async () => {
		const steps = [new Deferred<void>(), new Deferred<void>()];
		let late: ((progress: string) => void) | undefined;
		const task = start<void, string>(async ({signal, report}) => {
			late = report;
			report('begun');
			await steps[0]?.promise;
			report('pausing');
			await forever(signal).catch(async () => {
				await steps[1]?.promise;
				report('cleaned up');
			});
		});
		const seen = [task.progress];
		task.addEventListener('progress', () => seen.push(`${task.state}: ${task.progress}`));
		void task.pause();
		steps[0]?.resolve();
		await flush();
		void task.stop();
		steps[1]?.resolve();
		await flush();
		late?.('after the end');
		expect(seen).toEqual(['begun', 'pausing: pausing', 'stopping: cleaned up']);
		expect(task.progress).toBe('cleaned up');
	});
});

describe('statechange', () => {
	test('comes for each change, with the state as it is then', async () => {
		const outer = new PausableController();
		const task = start(({signal}) => forever(signal), {signal: outer.signal});
		const states = statesOf(task);
		await task.pause();
		outer.pause();
		task.resume();
		outer.resume();
		await task.pause();
		await task.stop();
		expect(states).toEqual(['pausing', 'paused', 'running', 'pausing', 'paused', 'stopping', 'stopped']);
	});

	// task.ts, invariant 2
	test('pausing fires within pause(), running within resume(), stopping within stop()', async () => {
		const task = start(({signal}) => forever(signal));
		const log: string[] = [];
		task.addEventListener('statechange', () => log.push(task.state));
		const paused = task.pause();
		log.push('after pause()');
		await paused;
		task.resume();
		log.push('after resume()');
		const stopped = task.stop();
		log.push('after stop()');
		await stopped;
		expect(log).toEqual([
			'pausing',
			'after pause()',
			'paused',
			'running',
			'after resume()',
			'stopping',
			'after stop()',
			'stopped',
		]);
	});

	test('comes before the promises that wait for that state settle', async () => {
		const task = start(({signal}) => forever(signal));
		const log: string[] = [];
		task.addEventListener('statechange', () => log.push(task.state));
		await task.pause().then(() => log.push('pause() answered'));
		await task.stop().then(() => log.push('stop() answered'));
		expect(log).toEqual(['pausing', 'paused', 'pause() answered', 'stopping', 'stopped', 'stop() answered']);
	});
});

describe('verbs in a listener of statechange', () => {
	function on(task: Task<unknown>, state: string, act: () => unknown): string[] {
		const states: string[] = [];
		task.addEventListener('statechange', () => {
			states.push(task.state);
			if (task.state === state && states.filter((one) => one === state).length === 1) act();
		});
		return states;
	}

	test('resume() at pausing: the pause is answered with false', async () => {
		const task = start(({signal}) => forever(signal));
		const states = on(task, 'pausing', () => task.resume());
		expect(await task.pause()).toBe(false);
		expect(states).toEqual(['pausing', 'running']);
	});

	test('resume() at paused: it was paused', async () => {
		const task = start(({signal}) => forever(signal));
		const states = on(task, 'paused', () => task.resume());
		expect(await task.pause()).toBe(true);
		await flush();
		expect(states).toEqual(['pausing', 'paused', 'running']);
	});

	test('pause() at running: it is paused again, and each is answered', async () => {
		const task = start(({signal}) => forever(signal));
		const answers: unknown[] = [];
		const states = on(task, 'running', () => answers.push(watched(task.pause())));
		await task.pause();
		task.resume();
		await flush();
		expect(states).toEqual(['pausing', 'paused', 'running', 'pausing', 'paused']);
		expect(answers).toEqual([{state: 'resolved', value: true}]);
	});

	test('stop() at pausing, at paused and at running', async () => {
		for (const state of ['pausing', 'paused', 'running']) {
			const task = start(({signal}) => forever(signal));
			const states = on(task, state, () => void task.stop());
			const paused = watched(task.pause());
			await flush();
			task.resume();
			await flush();
			expect(states.slice(-2)).toEqual(['stopping', 'stopped']);
			// It has ended, or stood still before.
			expect(paused).toEqual({state: 'resolved', value: true});
		}
	});
});
