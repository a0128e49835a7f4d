// What the threads of contests/thread.ts run.
import {defineThread, type ThreadFunction, type ThreadSignal} from 'pausable-signal/thread';

interface Work {
	readonly way: 'with' | 'without' | 'forever' | 'spin' | 'nothing';
	readonly turns?: number;
	/** Where the time of the first turn goes that finds 0 there. */
	readonly moved?: Float64Array;
}

// About 100 ns, in a chain that no compiler shortens.
function work(seed: number): number {
	let x = seed;
	for (let step = 0; step < 50; step++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
	return x;
}

let sink = 0;

function plainLoop(turns: number): number {
	const start = performance.now();
	for (let turn = 0; turn < turns; turn++) sink = work(sink);
	return ((performance.now() - start) * 1e6) / turns;
}

function pausableLoop(turns: number, signal: ThreadSignal): number {
	const start = performance.now();
	for (let turn = 0; turn < turns; turn++) {
		signal.checkpointSync();
		sink = work(sink);
	}
	return ((performance.now() - start) * 1e6) / turns;
}

const loops: ThreadFunction<Work, number | void, unknown> = defineThread(({signal, data}) => {
	const {way, turns = 0, moved} = data;
	if (way === 'with') return pausableLoop(turns, signal);
	if (way === 'without') return plainLoop(turns);
	if (way === 'spin') {
		const end = performance.now() + 1;
		while (performance.now() < end);
	}
	if (way === 'forever') {
		for (;;) {
			signal.checkpointSync();
			if (moved![0] === 0) moved![0] = performance.timeOrigin + performance.now();
		}
	}
	return undefined;
});

export default loops;
