import {MessageChannel, Worker} from 'node:worker_threads';
import {Piscina} from 'piscina';
import {Thread, ThreadPool} from 'pausable-signal/thread';
import type {Contest, Contestant} from '../contest.ts';
import {nsSince} from '../samples.ts';

// The bundle of bench/ has these beside it.
const loops = new URL('./thread-loops.js', import.meta.url);
const echo = new URL('./thread-echo.js', import.meta.url);

type Work = {readonly way: string; readonly turns?: number};

/** A loop of 100 ns a turn, timed inside the thread. */
export function threadLoop(): Contest {
	const pool = new ThreadPool<Work, number>(loops, {threads: 1});
	const loop = (name: string, way: string): Contestant => ({
		name,
		sample: () => pool.run({way, turns: 300_000}),
	});
	return {
		what: 'a turn of a loop of 100 ns, with `checkpointSync()`',
		unit: 'ns',
		rounds: 15,
		ours: loop('Thread', 'with'),
		peers: [{...loop('the same loop without it', 'without'), ratioLimit: 1.05}],
	};
}

function roundTrip(rest: number): Contestant {
	const worker = new Worker(echo);
	worker.unref();
	return {
		name: 'a round trip between ports',
		sample: () =>
			averaged(
				rest,
				() =>
					new Promise<void>((resolve) => {
						worker.ref();
						worker.once('message', () => {
							worker.unref();
							resolve();
						});
						worker.postMessage('echo');
					}),
			),
	};
}

const times = 50;

/** The cost of an action, many times in a row, or each time after a rest. */
async function averaged(
	rest: number,
	act: () => unknown,
	prepare: () => unknown = () => {},
): Promise<number> {
	let ns = 0;
	// Neither the thread that stands still nor the worker keeps the process.
	const alive = setInterval(() => {}, 1_000_000);
	for (let time = 0; time < times; time++) {
		await prepare();
		if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
		const start = performance.now();
		await act();
		ns += nsSince(start);
	}
	clearInterval(alive);
	return ns / times;
}

function loopThread(): {thread: Thread<void>; moved: Float64Array} {
	const moved = new Float64Array(new SharedArrayBuffer(8));
	const thread = Thread.start<void>(loops, {data: {way: 'forever', moved}, keepAlive: false});
	return {thread, moved};
}

/** From `pause()` to its answer. At the end of a sample the thread stands still, and lets the process end. */
export function threadPause(rest: number): Contest {
	const {thread} = loopThread();
	return {
		what: `pausing a thread that computes, until it says that it stands still${rest > 0 ? `, after ${rest} ms of rest` : ''}`,
		unit: 'ns',
		isHeavy: true,
		ours: {
			name: 'Thread',
			sample: () =>
				averaged(
					rest,
					() => thread.pause(),
					() => thread.resume(),
				),
		},
		peers: [{...roundTrip(rest), ratioLimit: rest > 0 ? 1 : 2}],
	};
}

/** From `resume()` to the next turn of the loop. */
export function threadResume(rest: number): Contest {
	const {thread, moved} = loopThread();
	return {
		what: `resuming it, until its loop moves${rest > 0 ? `, after ${rest} ms of rest` : ''}`,
		unit: 'ns',
		isHeavy: true,
		ours: {
			name: 'Thread',
			sample: () => resumes(rest, thread, moved),
		},
		peers: [{...roundTrip(rest), ratioLimit: rest > 0 ? 1 : 2}],
	};
}

/** By the clock of the thread: whoever waits for it would take its processor. */
async function resumes(rest: number, thread: Thread<void>, moved: Float64Array): Promise<number> {
	const alive = setInterval(() => {}, 1_000_000);
	let ms = 0;
	for (let time = 0; time < times; time++) {
		await thread.pause();
		if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
		moved[0] = 0;
		const start = performance.timeOrigin + performance.now();
		thread.resume();
		while (moved[0] === 0) await new Promise((resolve) => setTimeout(resolve));
		ms += moved[0] - start;
	}
	clearInterval(alive);
	void thread.pause();
	return (ms * 1e6) / times;
}

/** Runs in two threads, all asked for at once. */
export function threadPool(way: 'nothing' | 'spin', count: number): Contest {
	const filled = (name: string, run: () => Promise<unknown>): Contestant => ({
		name,
		async sample() {
			const start = performance.now();
			await Promise.all(Array.from({length: count}, run));
			return nsSince(start) / count;
		},
	});
	const pool = new ThreadPool<Work, void>(loops, {threads: 2});
	const piscina = new Piscina({filename: echo.href, minThreads: 2, maxThreads: 2});
	const withPort = (): Promise<unknown> => {
		const {port1, port2} = new MessageChannel();
		port1.unref();
		return piscina.run({way, port: port2}, {transferList: [port2] as never}).finally(() => port1.close());
	};
	return {
		what: `${count.toLocaleString('en')} runs of ${way === 'spin' ? '1 ms' : 'nothing'} in a pool of 2 threads, each`,
		unit: 'ns',
		isHeavy: true,
		ours: filled('ThreadPool', () => pool.run({way})),
		peers: [
			{...filled('piscina, with a port for each run', withPort), ratioLimit: 1 / 0.9},
			filled('piscina, runs that nothing can pause or stop', () => piscina.run({way})),
		],
	};
}
