import {expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import {Ring} from '../../src/queue/ring.ts';

const step = fc.option(fc.constantFrom(-Infinity, -1, 0, 0.5, 1, 2), {nil: undefined, freq: 2});

test('a ring gives the highest priority first, and equals in the order in which they came', () => {
	fc.assert(
		fc.property(fc.array(step, {maxLength: 60}), (steps) => {
			const ring = new Ring<number>();
			const model: {item: number; priority: number}[] = [];
			for (const [item, priority] of steps.entries()) {
				if (priority !== undefined) {
					ring.push(item, priority);
					model.push({item, priority});
					continue;
				}
				const highest = Math.max(...model.map((one) => one.priority));
				const at = model.findIndex((one) => one.priority === highest);
				expect(ring.shift()).toBe(at === -1 ? undefined : model.splice(at, 1)[0]!.item);
			}
		}),
		{numRuns: 300},
	);
});

test('a ring puts a later item of a higher priority first, and one of a lower priority last', () => {
	const ring = new Ring<string>();
	for (const [item, priority] of Object.entries({b: 1, d: 0, a: 2, e: -1, c: 1})) ring.push(item, priority);
	const shifted = [ring.shift(), ring.shift()];
	ring.push('f', -1);
	for (let count = 0; count < 5; count++) shifted.push(ring.shift());
	expect(shifted).toEqual(['a', 'b', 'c', 'd', 'e', 'f', undefined]);
});

test('a ring that is pushed and shifted by turns keeps the order', () => {
	const ring = new Ring<number>();
	let [pushed, shifted] = [0, 0];
	for (let turn = 0; turn < 3000; turn++) {
		ring.push(pushed++, 0);
		if (turn % 3 !== 0) expect(ring.shift()).toBe(shifted++);
	}
	while (shifted < pushed) expect(ring.shift()).toBe(shifted++);
	expect(ring.shift()).toBeUndefined();
});
