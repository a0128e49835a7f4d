// What must hold under every test runner and runtime: `npm run test:kit` runs this file on them all. So it
// asserts with the platform's own means, and takes from the runner nothing but `test`.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {delay, PausableController, Task} from 'pausable-signal';
import {PausableQueue} from 'pausable-signal/queue';
import {leftOn, sequence, sweep, virtualTime, whenParked} from 'pausable-signal/testing';
import {errorOf, faults, work} from './faults.ts';
import {test} from './runner.ts';

/** Only Node tells of promise jobs. Elsewhere the place is the last checkpoint, clock or read. */
const tellsOfJobs = !('Deno' in globalThis) && !('Bun' in globalThis);

/** The line that a place names: it must be one that a tester can open. */
function lineAt(place: string | undefined): string {
	const [, file = '', line] = /^(.*):(\d+):\d+$/.exec(place ?? '') ?? [];
	assert.match(file, /faults\.[jt]s$/);
	const path = file.startsWith('file:') ? fileURLToPath(file) : file;
	return readFileSync(path, 'utf8').split('\n')[Number(line) - 1] ?? '';
}

for (const [name, {broken, mended, kind, shownBy}] of Object.entries(faults)) {
	test(`${name} is found at the right point, in the same words each time, and alone by its name`, async () => {
		const error = await errorOf(sweep(broken, {maxRuns: 600}));
		const fault = error.faults.find((one) => one.kind === kind);
		const only = fault?.interruption;
		if (shownBy === undefined) return assert.equal(only, undefined);
		assert.match(only ?? '', shownBy);
		if (tellsOfJobs) assert.match(lineAt(fault?.place), /met here/);
		else if (fault?.place !== undefined) lineAt(fault.place);
		assert.equal((await errorOf(sweep(broken, {maxRuns: 600}))).message, error.message);
		const [alone] = (await errorOf(sweep(broken, {only}))).faults;
		assert.deepEqual([alone?.interruption, alone?.runs], [only, 1]);
	});

	test(`${name} is not found in its mended twin`, async () => {
		const report = await sweep(mended, {maxRuns: 600});
		assert.ok(report.runs >= Math.min(600, report.points));
	});
}

for (const seed of [1, 2, 3]) {
	test(`a sweep is the same each time, for the seed ${seed}`, async () => {
		const outcomes: string[][] = [];
		const once = async (): Promise<unknown> => {
			const log: string[] = [];
			outcomes.push(log);
			return sweep(
				async (context) => {
					context.check(({interruption, outcome}) => {
						const end = outcome.status === 'fulfilled' ? outcome.value : outcome.status;
						log.push(`${interruption}: ${String(end)}`);
					});
					return work(context);
				},
				{seed},
			);
		};
		assert.deepEqual(await once(), await once());
		assert.deepEqual(outcomes[0], outcomes[1]);
		assert.ok((outcomes[0]?.length ?? 0) > 100);
	});
}

test('a sweep of work without I/O tries every point', async () => {
	const start = performance.now();
	const ends: number[] = [];
	while ((ends.at(-1) ?? 0) < 1_000) {
		const {points, runs} = await sweep(work);
		assert.ok(runs > 4 * points);
		ends.push(performance.now() - start);
	}
	if (process.env['KIT_RATE'] === undefined) return;
	const {runs} = await sweep(work);
	console.log(`kit: ${Math.round((1_000 * runs * ends.length) / (ends.at(-1) ?? 1))} points a second`);
});

test('virtual time passes only on request, and gives the globals back', async () => {
	const before = [setTimeout, Date, performance.now];
	const time = virtualTime({now: 5_000});
	try {
		const {signal} = new PausableController();
		let isOver = false;
		const waiting = delay(signal, 60_000).then(() => (isOver = true));
		await time.advance(59_999);
		assert.equal(isOver, false);
		await time.advance(1);
		assert.equal(await waiting, true);
		assert.equal(Date.now(), 65_000);
	} finally {
		time.dispose();
	}
	assert.deepEqual([setTimeout, Date, performance.now], before);
});

test('virtual time jumps when nothing else can run', async () => {
	const time = virtualTime({autojump: true});
	try {
		await delay(new PausableController().signal, 3_600_000);
		assert.equal(time.now, 3_600_000);
	} finally {
		time.dispose();
	}
});

test('whenParked() waits for a task and for a queue', async () => {
	const app = new PausableController();
	const at = sequence();
	const task = Task.start(
		async ({signal}) => {
			await at(1);
			await signal.checkpoint();
		},
		{signal: app.signal},
	);
	const queue = new PausableQueue({signal: app.signal});
	const added = queue.add(({signal}) => signal.checkpoint());
	await at(0);
	app.pause();
	assert.equal(await whenParked(task), true);
	assert.equal(await whenParked(queue), true);
	assert.equal(task.state, 'paused');
	app.resume();
	await Promise.all([task.result, added]);
});

test('leftOn() counts the waiters and followers of a signal', async () => {
	const controller = new PausableController();
	const {signal} = controller;
	controller.pause();
	const waits = [signal.checkpoint(), delay(signal, 1)];
	const {waiters, followers} = leftOn(signal);
	assert.deepEqual([waiters, followers], [1, 1]);
	controller.resume();
	await Promise.all(waits);
	assert.deepEqual(leftOn(signal), {listeners: 0, waiters: 0, followers: 0, children: 0});
});

test('sequence() orders the steps of several loops', async () => {
	const at = sequence();
	const log: string[] = [];
	const loop = async (name: string, steps: readonly number[]): Promise<void> => {
		for (const step of steps) {
			await at(step);
			log.push(`${name}${step}`);
			await Promise.resolve();
			log.push(`${name}${step} is over`);
		}
	};
	await Promise.all([loop('a', [1, 4]), loop('b', [0, 3]), loop('c', [2])]);
	const steps = ['b0', 'a1', 'c2', 'b3', 'a4'];
	assert.deepEqual(
		log,
		steps.flatMap((step) => [step, `${step} is over`]),
	);
});
