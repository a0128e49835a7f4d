// Rules 1 to 4 on each kind of source: what is read, what a pause holds, what an abort and a cancel reach.
import {afterAll, describe, expect, test} from '@jest/globals';
import {setImmediate} from 'node:timers/promises';
import {pausable, PausableController} from 'pausable-signal';
import {pausableStream} from 'pausable-signal/streams';
import {collect, expectNothingOn, flush, items, removeFile, subjects, textOf, watched} from './kit.ts';

afterAll(removeFile);

/** Files and Node's streams answer in their own time. */
async function settle(): Promise<void> {
	for (let turn = 0; turn < 10; turn++) await setImmediate();
}

async function until(holds: () => boolean): Promise<void> {
	while (!holds()) await setImmediate();
}

describe.each(Object.entries(subjects))('%s', (_name, make) => {
	test('gives all of it, in order, and nothing is left on the signal', async () => {
		const controller = new PausableController();
		expect(await collect(pausableStream(controller.signal, make().source))).toBe(items.join(''));
		expectNothingOn(controller);
	});

	test('on a plain signal, too', async () => {
		const controller = new AbortController();
		expect(await collect(pausableStream(controller.signal, make().source))).toBe(items.join(''));
		expectNothingOn(controller);
	});

	test('is not touched while it is paused from the start', async () => {
		const controller = new PausableController();
		controller.pause();
		const {source, pulls} = make();
		await settle();
		const before = pulls?.();
		const reader = pausableStream(controller.signal, source, {buffer: 100}).getReader();
		const read = watched(reader.read());
		await settle();
		expect([read.state, pulls?.()]).toEqual(['pending', before]);
		controller.resume();
		await until(() => read.state === 'resolved');
		expect(textOf(read.value!.value)).toBe('1');
		await reader.cancel();
	});

	test('delivers nothing during pauses, at any distance from each other, and loses nothing', async () => {
		for (let distance = 0; distance < 6; distance++) {
			const controller = new PausableController();
			const reader = pausableStream(controller.signal, make().source).getReader();
			let text = '';
			for (;;) {
				const read = watched(reader.read());
				for (let turn = 0; turn < distance; turn++) await Promise.resolve();
				controller.pause();
				// What was delivered before takes a few turns to be seen.
				for (let turn = 0; turn < 4; turn++) await Promise.resolve();
				const {state} = read;
				await settle();
				expect(read.state).toBe(state);
				controller.resume();
				await until(() => read.state !== 'pending');
				if (read.value!.done) break;
				text += textOf(read.value!.value);
			}
			expect(text).toBe(items.join(''));
			expectNothingOn(controller);
		}
	});

	test.each([false, true])('is ended at once by an abort, with its reason (paused: %s)', async (isPaused) => {
		const controller = new PausableController();
		const {source, ended, takesReason} = make();
		const reader = pausableStream(controller.signal, source).getReader();
		await reader.read();
		const reads = [reader.read(), reader.read()];
		if (isPaused) controller.pause();
		const reason = new Error('enough');
		controller.abort(reason);
		const seen = reads.map((read) => watched(read));
		const closed = watched(reader.closed as Promise<unknown>);
		await flush();
		for (const {state, reason: seenReason} of [...seen, closed]) {
			expect(state).not.toBe('pending');
			if (state === 'rejected') expect(seenReason).toBe(reason);
		}
		expect(closed.state).toBe('rejected');
		await until(() => ended() !== false);
		if (takesReason) expect(ended()).toBe(reason);
		expectNothingOn(controller);
	});

	test.each([false, true])('is reached by a cancel at once (paused: %s)', async (isPaused) => {
		const controller = new PausableController();
		const {source, ended, takesReason} = make();
		const stream = pausableStream(controller.signal, source);
		const reader = stream.getReader();
		await reader.read();
		if (isPaused) controller.pause();
		const read = isPaused ? watched(reader.read()) : undefined;
		const reason = new Error('no more');
		await reader.cancel(reason);
		await flush();
		if (read !== undefined) expect(read).toMatchObject({state: 'resolved', value: {done: true}});
		await until(() => ended() !== false);
		if (takesReason) expect(ended()).toBe(reason);
		expectNothingOn(controller);
	});

	test('is reached when a loop is left', async () => {
		const controller = new PausableController();
		const {source, ended} = make();
		for await (const _item of pausableStream(controller.signal, source)) {
			controller.pause();
			break;
		}
		await until(() => ended() !== false);
		expectNothingOn(controller);
	});

	test('continues with another reader when preventCancel left it alone', async () => {
		for (const how of ['abort', 'cancel'] as const) {
			const controller = new PausableController();
			const {source, ended} = make();
			const reader = pausableStream(controller.signal, source, {preventCancel: true}).getReader();
			let text = textOf((await reader.read()).value);
			if (how === 'abort') controller.abort();
			else await reader.cancel();
			if (source instanceof Set) continue;
			expect(ended()).toBe(false);
			text += await collect(pausable(new PausableController().signal, source));
			expect(text).toBe(items.join(''));
		}
	});
});
