// What a sweep tells, tries and refuses. What it finds is in everywhere.test.ts.
import {afterEach, describe, expect, test} from '@jest/globals';
import {readFileSync} from 'node:fs';
import {delay, PausableController, type PausableSignal} from 'pausable-signal';
import {type SweepContext, sweep, type SweepOptions} from 'pausable-signal/testing';
import {errorOf, faults, work} from './faults.ts';

const realTimeout = globalThis.setTimeout;

afterEach(() => expect(globalThis.setTimeout).toBe(realTimeout));

describe('a sweep', () => {
	test('takes an even sample above maxRuns, and says so', async () => {
		const tried: (string | undefined)[] = [];
		const report = await sweep(
			async (context) => {
				context.check(({interruption}) => void tried.push(interruption));
				await work(context);
			},
			{maxRuns: 12, actions: ['abort']},
		);
		expect(report).toMatchObject({runs: 12, isSample: true});
		const points = tried.slice(1).map((name) => Number(name?.replace('abort@', '')));
		const gaps = points.slice(1, -1).map((point, index) => point - (points[index] ?? 0));
		expect(new Set(gaps).size).toBeLessThanOrEqual(2);
	});

	test('takes another sample for another seed, and the same one for the same', async () => {
		const sampleOf = async (seed: number): Promise<string> => {
			const tried: unknown[] = [];
			await sweep(
				async (context) => {
					context.check(({interruption}) => void tried.push(interruption));
					await work(context);
				},
				{maxRuns: 8, seed},
			);
			return tried.join();
		};
		expect(await sampleOf(3)).toBe(await sampleOf(3));
		const samples = new Set<string>();
		for (const seed of [1, 2, 3, 4]) samples.add(await sampleOf(seed));
		expect(samples.size).toBe(4);
	});

	test('takes all steps of an action in one tick, with a gap of 0', async () => {
		const log: string[] = [];
		const note = ({type}: Event): void => {
			log.push(type);
			queueMicrotask(() => log.push('job'));
		};
		await sweep(
			async ({signal}) => {
				for (const type of ['pause', 'resume']) signal.addEventListener(type, note);
				await delay(signal, 10);
				for (const type of ['pause', 'resume']) signal.removeEventListener(type, note);
			},
			{only: 'resume-pause@1+0'},
		);
		expect(log.slice(0, 5)).toEqual(['pause', 'resume', 'pause', 'resume', 'job']);
	});

	test('aborts an endless program at its limit', async () => {
		const report = await sweep(
			async ({signal}) => {
				while (await signal.gate.wait()) await delay(signal, 1_000).catch(() => {});
			},
			{maxPoints: 40},
		);
		expect(report).toMatchObject({isEndless: true, points: expect.any(Number)});
	});

	test('reports a program that fails without an interruption, and tries no interruption', async () => {
		let runs = 0;
		const cause = new Error('no');
		const error = await errorOf(
			sweep(async () => {
				runs++;
				throw cause;
			}),
		);
		expect(error.faults).toMatchObject([{kind: 'fails when left alone', cause}]);
		expect(runs).toBe(2);
	});

	test('reports a failure that a mere pause causes', async () => {
		const error = await errorOf(
			sweep(async ({signal}) => {
				await delay(signal, 10);
				if (signal.paused) throw new Error('paused');
				await Promise.resolve();
			}),
		);
		expect(error.faults[0]).toMatchObject({kind: 'fails after a pause'});
	});

	test('waits for the tasks that the program starts, and finds the leaks they leave', async () => {
		const program = async ({task}: SweepContext): Promise<void> => {
			task(async ({signal}) => {
				const timer = setTimeout(() => {}, 60_000);
				await delay(signal, 10);
				clearTimeout(timer);
			});
		};
		expect((await errorOf(sweep(program))).faults.map(({kind}) => kind)).toEqual(['leaves a timer']);
	});

	test('calls the cleanups after each run, the last one first', async () => {
		const log: string[] = [];
		await sweep(
			async ({onEnd}) => {
				onEnd(() => log.push('first'));
				onEnd(async () => log.push('second'));
			},
			{only: 'abort@1'},
		);
		expect(log).toEqual(['second', 'first']);
	});

	test('names every kind of fault once, with the number of runs that show it', async () => {
		const error = await errorOf(sweep(faults['a slot kept']?.broken ?? work));
		expect(error.faults).toHaveLength(1);
		expect(error.faults[0]?.runs).toBeGreaterThan(3);
		expect(error.message).toMatch(/the program fails a check: Error: 1 slots are free\n {2}it was at /);
		expect(error.message).toMatch(/to run it alone: sweep\(program, \{only: 'abort@\d+'\}\)/);
	});

	test.each([1, 2, 3])('names the wait of the innermost function at point %i', async (at) => {
		const ready = async (): Promise<void> => {};
		const inner = async (signal: PausableSignal): Promise<void> => {
			await ready(); // here
			await delay(signal, 10); // here
		};
		const outer = async (signal: PausableSignal): Promise<void> => {
			const others = [1, 2].map(() => inner(signal));
			await inner(signal);
			await Promise.all(others);
		};
		const program = async ({signal, check}: SweepContext): Promise<void> => {
			check(() => {
				if (signal.aborted) throw new Error('aborted');
			});
			await outer(signal);
		};
		const {faults: found} = await errorOf(sweep(program, {only: `abort@${at}`}));
		const [, file = '', line] = /^(.+):(\d+):\d+$/.exec(found[0]?.place ?? '') ?? [];
		expect(readFileSync(file, 'utf8').split('\n')[Number(line) - 1]).toMatch(/; \/\/ here$/);
	});

	test('names the lines that added the listeners that are left', async () => {
		const error = await errorOf(sweep(faults['a forgotten listener']?.broken ?? work));
		const [, file = '', line] = /pause listener added at (.+):(\d+):\d+$/.exec(error.message) ?? [];
		expect(readFileSync(file, 'utf8').split('\n')[Number(line) - 1]).toContain("addEventListener('pause'");
		const [fault] = error.faults;
		expect(fault?.message).toMatch(/^1 listener at the end\n/);
		const several = await errorOf(
			sweep(async ({signal}) => {
				const listener = (): void => {};
				for (const type of ['abort', 'pause', 'resume']) signal.addEventListener(type, listener);
				signal.removeEventListener('pause', listener);
			}),
		);
		expect(several.message).toMatch(/: 2 listeners at the end\n {2}abort listener .*\n {2}resume listener /);
	});

	test('names the options with which an interruption shows its fault alone', async () => {
		const broken = async ({signal}: SweepContext): Promise<void> => {
			await signal.checkpoint();
			for (let turn = 0; Math.random() < 0.7 || turn < 2; turn++) await Promise.resolve();
			if (signal.aborted) throw new Error('wrong');
		};
		const given = {seed: 7, settleWithin: 50, maxPoints: 200, actions: ['abort'], gaps: []} as const;
		const {message} = await errorOf(sweep(broken, given));
		const [, alone] = /to run it alone: sweep\(program, (.*)\)/.exec(message) ?? [];
		expect(alone).toMatch(/^\{only: 'abort@\d+', seed: 7, maxPoints: 200, settleWithin: 50\}$/);

		const real = await errorOf(sweep(broken, {time: 'real', timeout: 40, actions: ['abort'], gaps: []}));
		expect(real.message).toContain("{only: 'abort@1', time: 'real', timeout: 40}");
	});

	test('reports a fault that does not recur, and says that it did not', async () => {
		let runs = 0;
		const error = await errorOf(
			sweep(async ({check}) => {
				const run = ++runs;
				check(() => {
					if (run === 1) throw new Error('the first');
				});
			}),
		);
		expect(error.message).toBe(
			'Left alone, the program fails a check: Error: the first (and not when run once more)',
		);
	});

	test('sweeps real time at its checkpoints', async () => {
		let lost: string[] = [];
		const report = await sweep(
			async ({signal, check}) => {
				const seen: string[] = [];
				check(({aborted}) => {
					if (!aborted && seen.length < 2) lost = seen;
				});
				for (const word of ['one', 'two']) {
					await signal.checkpoint();
					await new Promise((resolve) => setImmediate(resolve));
					seen.push(word);
				}
			},
			{time: 'real', gaps: []},
		);
		expect(report).toMatchObject({points: 2, runs: 12});
		expect(lost).toEqual([]);
	});

	test('finds in real time a program that never settles', async () => {
		const error = await errorOf(
			sweep(
				async ({signal}) => {
					await signal.checkpoint();
					if (signal.aborted) await new Promise(() => {});
				},
				{time: 'real', timeout: 40, actions: ['pause-abort']},
			),
		);
		expect(error.message).toContain('never settles: it stands still after the abort');
		const alone = await errorOf(sweep(() => new Promise(() => {}), {time: 'real', timeout: 40}));
		expect(alone.message).toBe('Left alone, the program never settles: it stands still for 40 ms');
	});
});

describe('bad input', () => {
	const none = async (): Promise<void> => {};
	test.each<[SweepOptions, string]>([
		[{actions: ['stop'] as never}, "actions: expected 'abort' or 'pause-resume'"],
		[
			{actions: 'abort' as never},
			"actions: expected an array of abort, pause-resume, pause-abort, resume-pause, got 'abort' (string)",
		],
		[{only: 'abort'}, "only: expected an action and a point, as in 'abort@17', got 'abort' (string)"],
		[{only: 17 as never}, "only: expected an action and a point, as in 'abort@17', got 17 (number)"],
		[{maxRuns: 0}, 'maxRuns: expected a whole number, 1 or more, got 0 (number)'],
		[{gaps: [-1]}, 'gaps: expected a whole number, 0 or more, got -1 (number)'],
		[{time: 'fake' as never}, "time: expected 'virtual' or 'real', got 'fake' (string)"],
		[{settleWithin: -1}, 'settleWithin: expected a whole number, 1 or more, got -1 (number)'],
	])('%o is refused before the program is called', async (options, message) => {
		await expect(sweep(none, options)).rejects.toThrow(message);
	});

	test('a missing program, or a signal instead of options, is refused', async () => {
		await expect(sweep(undefined as never)).rejects.toThrow('program: expected a function, got undefined');
		await expect(sweep(none, 3 as never)).rejects.toThrow(TypeError);
		const {signal} = new PausableController();
		await expect(sweep(none, signal as never)).rejects.toThrow(TypeError);
	});
});
