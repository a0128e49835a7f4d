// What Node's console makes of our objects, and of what only looks like them.
import {describe, expect, test} from '@jest/globals';
import {inspect} from 'node:util';
import {
	Gate,
	interval,
	pausable,
	PausableController,
	run,
	StopTimeoutError,
	stopwatch,
	Task,
} from 'pausable-signal';
import {PausableQueue} from 'pausable-signal/queue';

const controller = new PausableController({name: 'job'});
const {signal} = controller;
const queue = new PausableQueue();

const objects: readonly (readonly [string, object])[] = [
	['a controller', controller],
	['a signal', signal],
	['the gate of a signal', signal.gate],
	['a gate', new Gate()],
	['a hold', controller.hold('why')],
	['a task', Task.start(() => 'done')],
	['an error', new StopTimeoutError('job', 5)],
	['a stopwatch', stopwatch(signal)],
	['an interval', interval(signal, 5)],
	['an iterator', pausable(signal, [])],
	['what stops a run', run(async () => {})],
	['a queue', queue],
	['a set', queue.taskSet('set')],
	['a map', queue.map([], () => {})],
];

describe.each(objects)('C3: the console shows %s', (_name, object) => {
	test.each([
		['itself', () => object],
		['behind a Proxy', () => new Proxy(object, {})],
		['as what another object inherits from', () => Object.create(object) as object],
		['as its prototype alone', () => Object.getPrototypeOf(object) as object],
		[
			'as an instance that was never constructed',
			() => Object.create(Object.getPrototypeOf(object) as object) as object,
		],
	])('%s', (_kind, make) => {
		expect(inspect(make())).toEqual(expect.any(String));
		expect(inspect({deep: {inside: make()}}, {depth: 1})).toEqual(expect.any(String));
	});
});

test('C3: a reason that cannot be shown hides the state of the signal, and throws nothing', () => {
	const odd = new PausableController();
	odd.abort({
		[inspect.custom](): never {
			throw new Error('not to be shown');
		},
	});
	expect(inspect(odd.signal)).toBe('PausableSignal {}');
});
