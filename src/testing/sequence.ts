import {expectCount, outOfRange} from '../core/index.ts';
import {afterTurn} from './platform.ts';

/**
 * Puts the steps of several loops into one order.
 *
 * Use it in a test of loops that run side by side, instead of sleeping: each loop awaits the numbers of
 * its steps, and the steps run in the order of the numbers, from 0 without a gap. A step begins when the
 * one before it has done all that it can without waiting for anything but promises.
 *
 * The returned function resolves when it is that step's turn. It rejects with a `TypeError` or
 * `RangeError` if the number is no step, or was used before. It is no checkpoint, and ignores pauses and
 * aborts.
 *
 * @example
 * ```ts
 * import {sequence} from 'pausable-signal/testing';
 *
 * const at = sequence();
 * const log: string[] = [];
 * const one = async () => {
 * 	await at(0);
 * 	log.push('one: 0');
 * 	await at(2);
 * 	log.push('one: 2');
 * };
 * const two = async () => {
 * 	await at(1);
 * 	log.push('two: 1');
 * };
 * await Promise.all([two(), one()]);
 * log; // => ['one: 0', 'two: 1', 'one: 2']
 * ```
 */
export function sequence(): (step: number) => Promise<void> {
	const waiting = new Map<number, () => void>();
	let next = 0;
	let isUnderWay = false;
	const begin = (): void => {
		const start = waiting.get(next);
		if (isUnderWay || start === undefined) return;
		isUnderWay = true;
		waiting.delete(next);
		start();
		afterTurn(() => {
			isUnderWay = false;
			next++;
			begin();
		});
	};
	return async (step) => {
		expectCount('step', step, 0);
		const isTaken = waiting.has(step) || step < next || (step === next && isUnderWay);
		if (isTaken) throw outOfRange('step', `a step that nobody asked for, ${next} or more`, step);
		await new Promise<void>((resolve) => {
			waiting.set(step, resolve);
			begin();
		});
	};
}
