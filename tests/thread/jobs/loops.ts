// One loop for each way to look at a signal. It ends by the abort, or by the loop's own means.
import {delay, PausableController} from '../../../src/index.ts';
import type {ThreadContext, ThreadSignal} from '../../../src/thread/index.ts';

type Loop = (signal: ThreadSignal, turn: () => void) => unknown;

const loops: Record<string, Loop> = {
	aborted(signal, turn) {
		while (!signal.aborted) turn();
		return 'ended';
	},
	async wait(signal, turn) {
		while (await signal.gate.wait()) turn();
		return 'ended';
	},
	async checkpoint(signal, turn) {
		for (;;) {
			await signal.checkpoint();
			turn();
		}
	},
	throwIfAborted(signal, turn) {
		for (;;) {
			signal.throwIfAborted();
			turn();
		}
	},
	reason(signal, turn) {
		while (signal.reason === undefined) turn();
		return 'ended';
	},
	isOpen(signal, turn) {
		while (signal.gate.isOpen || signal.paused) turn();
		return 'ended';
	},
	checkpointSync(signal, turn) {
		for (;;) {
			signal.checkpointSync();
			turn();
		}
	},
	async child(signal, turn) {
		const child = new PausableController({signal}).signal;
		while (await child.gate.wait()) turn();
		return 'ended';
	},
	async delay(signal, turn) {
		for (;;) {
			await delay(signal, 0);
			turn();
		}
	},
	async event(signal, turn) {
		turn();
		await new Promise((resolve) => signal.addEventListener('abort', resolve, {once: true}));
		return 'ended';
	},
};

export default async function run({signal, data, report}: ThreadContext<string, number>): Promise<unknown> {
	let turns = 0;
	return loops[data]!(signal, () => {
		turns++;
		if (turns === 1 || turns % 1000 === 0) report(turns);
	});
}
