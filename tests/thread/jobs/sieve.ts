// The primes below `data.limit`. Every turn is counted in shared memory, where the test can look.
import {defineThread, type ThreadFunction} from '../../../src/thread/index.ts';

interface Sieve {
	readonly limit: number;
	readonly turns: SharedArrayBuffer;
}

const sieve: ThreadFunction<Sieve, number, unknown> = defineThread(({signal, data}) => {
	const turns = new Int32Array(data.turns);
	const composite = new Uint8Array(data.limit);
	let primes = 0;
	for (let candidate = 2; candidate < data.limit; candidate++) {
		turns[0] = candidate;
		signal.checkpointSync();
		if (composite[candidate] === 1) continue;
		primes++;
		for (let multiple = candidate * 2; multiple < data.limit; multiple += candidate) composite[multiple] = 1;
	}
	return primes;
});

export default sieve;
