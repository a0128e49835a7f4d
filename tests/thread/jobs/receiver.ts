// A worker of somebody else's, such as a pool's: takes a signal with each message, and works on it.
import {parentPort} from 'node:worker_threads';
import {receiveSignal, type ThreadSignal} from '../../../src/thread/index.ts';

interface Message {
	readonly id: number;
	readonly way?: 'sync' | 'async' | 'follow' | 'ignore';
	readonly signal: object;
}

const tell = (message: unknown): void => parentPort!.postMessage(message);

const ways: Record<string, (signal: ThreadSignal, turn: () => void) => unknown> = {
	sync(signal, turn) {
		for (;;) {
			turn();
			signal.checkpointSync();
		}
	},
	async async(signal, turn) {
		for (;;) {
			turn();
			await signal.checkpoint();
		}
	},
	async follow(signal, turn) {
		turn();
		for (const type of ['pause', 'resume', 'abort'])
			signal.addEventListener(type, () => tell({event: type, reason: signal.pauseReason}));
		await new Promise((resolve) => signal.addEventListener('abort', resolve, {once: true}));
		throw signal.reason;
	},
	async ignore(signal, turn) {
		turn();
		await new Promise((resolve) => parentPort!.once('message', resolve));
		return signal.aborted;
	},
};

parentPort!.on('message', (message: Message) => {
	if (message.way !== undefined) void work(message);
});

async function work({id, way, signal}: Message): Promise<void> {
	const received = receiveSignal(signal, {name: `r${id}`, onLost: way === 'ignore' ? 'ignore' : 'abort'});
	let turns = 0;
	try {
		const value = await ways[way!]!(received, () => {
			if (++turns % 1000 === 1) tell({id, turns});
		});
		tell({id, value});
	} catch (error) {
		tell({id, error});
	}
}
