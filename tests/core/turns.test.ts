// A signal whose news come only while the event loop turns.
import {describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {createRemote} from '../../src/core/index.ts';

describe.each(['wait', 'wait with options', 'checkpoint'])('a loop over %s', (way) => {
	test('takes the turns that its signal asks for, and sees what they bring', async () => {
		let turns = 0;
		const remote = createRemote(
			() => {},
			undefined,
			() => {
				if (++turns % 3 !== 0) return undefined;
				return new Promise((resolve) => {
					setTimeout(() => {
						if (turns === 9) remote.abort('end');
						resolve();
					});
				});
			},
		);
		const {signal} = new PausableController({signal: remote.signal});
		const waits = {
			wait: () => signal.gate.wait(),
			'wait with options': () => signal.gate.wait({timeout: 1000}),
			checkpoint: () => signal.checkpoint().then(() => true),
		};
		let passed = 0;
		const isOver = async (): Promise<boolean> =>
			!(await waits[way as keyof typeof waits]().catch(() => false));
		while (!(await isOver())) passed++;
		expect([passed, turns, signal.reason]).toEqual([6, 9, 'end']);
	});
});
