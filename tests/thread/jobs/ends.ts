// How a thread may end, at each stage: `data` is `${stage} ${way}`.
import {parentPort} from 'node:worker_threads';
import process from 'node:process';
import type {ThreadContext} from '../../../src/thread/index.ts';

const never = new Promise<never>(() => {});

const ways: Record<string, () => unknown> = {
	return: () => 'value',
	throw() {
		throw Object.assign(new RangeError('thrown'), {code: 'E_THROWN'});
	},
	throwText() {
		throw 'only text';
	},
	exit: () => process.exit(3),
	exitZero: () => process.exit(0),
	uncaught() {
		setTimeout(() => {
			throw new TypeError('uncaught');
		});
		return never;
	},
	rejection() {
		void Promise.reject(new TypeError('unhandled'));
		return never;
	},
	memory() {
		const kept: unknown[] = [];
		for (;;) kept.push(Array.from({length: 10_000}, () => ({})));
	},
	notCloned: () => () => 'a function',
	error: () => new SyntaxError('returned'),
	timerLeft() {
		setInterval(() => {}, 1000);
		return 'left a timer';
	},
	portLeft() {
		parentPort!.on('message', () => {});
		return 'left a listener';
	},
	deaf() {
		for (;;);
	},
	deafAwait() {
		setInterval(() => {}, 1000);
		return never;
	},
};

const stages: Record<string, (context: ThreadContext, way: () => unknown) => unknown> = {
	'at once'({report}, way) {
		report('called');
		return way();
	},
	async 'after a turn'({report}, way) {
		await new Promise((resolve) => setTimeout(resolve));
		report('turned');
		return way();
	},
	async 'after a pause'({signal, report}, way) {
		report('ready');
		while (!signal.paused) await new Promise((resolve) => setImmediate(resolve));
		await signal.checkpoint();
		return way();
	},
	async 'in a pause'({signal, report}, way) {
		report('ready');
		while (!signal.paused) await new Promise((resolve) => setImmediate(resolve));
		return way();
	},
	async 'after an abort'({signal, report}, way) {
		report('ready');
		while (await signal.gate.wait()) await new Promise((resolve) => setImmediate(resolve));
		return way();
	},
};

export default function run(context: ThreadContext<string>): unknown {
	const [stage, way] = context.data.split(': ') as [string, string];
	return stages[stage]!(context, ways[way]!);
}
