// What keeps the process alive.
import {expect, test} from '@jest/globals';
import {runScript} from './kit.ts';

test('a queue that is paused before its tasks are added keeps the process alive', async () => {
	const output = await runScript(`
		const queue = new PausableQueue({autoStart: false});
		queue.add(() => console.log('done'));
		setTimeout(() => queue.start(), 50).unref();
	`);
	expect(output).toBe('done');
}, 60_000);
