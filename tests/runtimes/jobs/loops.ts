// The function of the threads of thread-scenarios.ts, on every runtime.
import {defineThread, type ThreadFunction} from 'pausable-signal/thread';

const loops: ThreadFunction<string, unknown, number> = defineThread(async ({signal, data: way, report}) => {
	let turns = 0;
	report(0);
	if (way === 'sync') for (;;) turn(() => signal.checkpointSync());
	if (way === 'wait') while (await signal.gate.wait()) turn(() => {});
	if (way === 'deaf') for (;;);
	// Neither turns its event loop: what they see came without a message where none can be read.
	if (way === 'sees pause') {
		while (!signal.paused);
		return signal.holds.map(({reason}) => reason ?? 'unknown');
	}
	if (way === 'sees abort') {
		while (!signal.aborted);
		const {name, message, code} = signal.reason as Error & {code?: unknown};
		return {name, message: message.slice(0, 100), ...(code === undefined ? {} : {code})};
	}
	if (way === 'throw') throw Object.assign(new RangeError('thrown'), {code: 'E_THROWN'});
	if (way === 'rejection') {
		void Promise.reject(new TypeError('unhandled'));
		await new Promise(() => {});
	}
	if (way === 'uncaught') {
		setTimeout(() => {
			throw new TypeError('uncaught');
		});
		await new Promise(() => {});
	}
	return way;

	function turn(look: () => void): void {
		if (++turns % 1000 === 0) report(turns);
		look();
	}
});

export default loops;
