import {expect, test} from '@jest/globals';
import {deadline, PausableController} from 'pausable-signal';
import {collectGarbage} from '../core/support.ts';

// Node 20 loses even its own AbortSignal.timeout() there.
const keepsSources = Number(process.versions.node.split('.')[0]) >= 22;

(keepsSources ? test.each : test.skip.each)(['active', 'wall'] as const)(
	'fires where only a listened-to AbortSignal.any() refers to it, as AbortSignal.timeout() does: %s',
	async (clock) => {
		const {signal} = new PausableController();
		const composite = AbortSignal.any([deadline(signal, 100, {clock})]);
		const aborted = new Promise((resolve) => composite.addEventListener('abort', resolve));
		await collectGarbage();
		await Promise.race([aborted, new Promise((resolve) => setTimeout(resolve, 500))]);
		expect(composite.aborted).toBe(true);
	},
);
