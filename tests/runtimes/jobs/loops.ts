// The function of the threads of thread-scenarios.ts, on every runtime.
import {defineThread, type ThreadFunction} from 'pausable-signal/thread';

const loops: ThreadFunction<string, unknown, number> = defineThread(async ({signal, data: way, report}) => {
	let turns = 0;
	report(0);
	if (way === 'sync') for (;;) turn(() => signal.checkpointSync());
	if (way === 'wait') while (await signal.gate.wait()) turn(() => {});
	if (way === 'deaf') for (;;);
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
