// Streams that can be paused, paused, resumed and aborted at every point.
import {pausable} from 'pausable-signal';
import {pausableStream} from 'pausable-signal/streams';
import type {SweepContext} from 'pausable-signal/testing';
import {type Scenario, testEveryPoint} from './kit.ts';

/** 1, 2, 3, each after 5 ms; it must be ended once. */
function open({check}: SweepContext, type?: 'bytes'): ReadableStream<number | Uint8Array> {
	let sent = 0;
	let ends = 0;
	check(({interruption}) => {
		if (ends > 1 || (ends < 1 && interruption !== 'abort@0')) throw new Error(`it was ended ${ends} times`);
	});
	const source = {
		...(type && {type}),
		async pull(controller: ReadableStreamDefaultController<number | Uint8Array>) {
			await Promise.resolve();
			if (ends > 0) return;
			if (sent < 3) return controller.enqueue(type === 'bytes' ? Uint8Array.of(++sent) : ++sent);
			ends++;
			controller.close();
		},
		cancel: () => void ends++,
	};
	return new ReadableStream(source as object, {highWaterMark: 0});
}

const read = async (stream: AsyncIterable<unknown>, step: () => void, count = Infinity): Promise<string> => {
	const seen: string[] = [];
	for await (const item of stream) {
		step();
		seen.push(String(item));
		if (seen.length === count) break;
	}
	return seen.join();
};

const readAll =
	(type?: 'bytes'): Scenario['run'] =>
	(signal, step, context) =>
		read(pausableStream(signal, open(context, type)), step);

testEveryPoint('a stream that is read to its end', {value: '1,2,3', steps: 3, run: readAll()});
testEveryPoint('a stream of bytes', {value: '1,2,3', steps: 3, run: readAll('bytes')});

testEveryPoint('a stream with a buffer', {
	value: '1,2,3',
	steps: 3,
	run: (signal, step, context) => read(pausableStream(signal, open(context), {buffer: 2}), step),
});

testEveryPoint('a stream that is left early', {
	value: '1,2',
	steps: 2,
	run: (signal, step, context) => read(pausableStream(signal, open(context)), step, 2),
});

testEveryPoint('a stream that is piped into a sink', {
	value: '1,2,3',
	steps: 3,
	async run(signal, step, context) {
		const seen: unknown[] = [];
		const sink = new WritableStream({
			write(item) {
				step();
				seen.push(item);
			},
		});
		await pausableStream(signal, open(context)).pipeTo(sink);
		return seen.join();
	},
});

testEveryPoint('two branches of a stream', {
	value: '1,2,3;1,2,3',
	steps: 6,
	flows: 4,
	async run(signal, step, context) {
		const branches = pausableStream(signal, open(context)).tee();
		return (await Promise.all(branches.map((branch) => read(branch, step)))).join(';');
	},
});

testEveryPoint('a stream that is read by way of another one', {
	value: '2,4,6',
	steps: 3,
	run(signal, step, context) {
		const doubling = new TransformStream<number, number>({
			transform: (item, controller) => controller.enqueue(2 * item),
		});
		const source = open(context) as ReadableStream<number>;
		return read(pausable(signal, pausableStream(signal, source).pipeThrough(doubling)), step);
	},
});
