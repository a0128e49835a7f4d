// What keeps the process alive: tasks that wait or stand still, and nothing else.
import {expect, test} from '@jest/globals';
import {runScript} from './kit.ts';

const scripts: Readonly<Record<string, readonly [script: string, output: string]>> = {
	'a queue that is paused before its tasks are added': [
		`const queue = new PausableQueue({autoStart: false});
		queue.add(() => console.log('done'));
		setTimeout(() => queue.start(), 50).unref();`,
		'done',
	],
	'a task that is parked': [
		`const queue = new PausableQueue();
		queue.add(async ({signal}) => {
			await undefined;
			await signal.checkpoint();
			console.log('done');
		});
		queue.pause();
		setTimeout(() => queue.resume(), 50).unref();`,
		'done',
	],
	'a task that waits in a set that is held for some time': [
		`const queue = new PausableQueue();
		const set = queue.taskSet('set');
		set.hold('429', {until: 50});
		set.add(() => console.log('done'));`,
		'done',
	],
	'a task that waits for the rate of its set': [
		`const queue = new PausableQueue();
		const set = queue.taskSet('set', {interval: 50, intervalCap: 1});
		set.add(() => {});
		set.add(() => console.log('done'));`,
		'done',
	],
	'a task that awaits the end of a hold on its own queue': [
		`const queue = new PausableQueue();
		queue.add(async () => {
			await queue.hold('429', {until: 50}).released;
			console.log('done');
		});`,
		'done',
	],
	'code that awaits the end of a hold on an empty queue, until a date': [
		`const queue = new PausableQueue();
		const hold = queue.hold('429', {until: new Date(Date.now() + 50)});
		hold.released.then(() => console.log('done'));`,
		'done',
	],
	'not a back-off of a set that nobody awaits': [
		`const queue = new PausableQueue();
		new BackOff(queue.taskSet('set', {concurrency: 2})).refused({until: 60_000});
		setTimeout(() => console.log('too long'), 30_000).unref();`,
		'',
	],
	'not a paused queue without tasks, nor one whose tasks were cleared': [
		`const queue = new PausableQueue({autoStart: false});
		queue.add(() => {});
		queue.clear();
		queue.pause('user', {until: 60_000});
		queue.hold('429', {until: 60_000});
		setTimeout(() => console.log('too long'), 30_000).unref();`,
		'',
	],
	'not a set whose rate is used up, when nothing waits any more': [
		`const queue = new PausableQueue();
		const set = queue.taskSet('set', {interval: 60_000, intervalCap: 1});
		set.add(() => {});
		set.add(() => {});
		setTimeout(() => set.clear(), 5);
		setTimeout(() => console.log('too long'), 30_000).unref();`,
		'',
	],
	'not a queue that was stopped while paused': [
		`const queue = new PausableQueue({autoStart: false});
		queue.add(() => {});
		queue.stop();
		setTimeout(() => console.log('too long'), 30_000).unref();`,
		'',
	],
	'not with keepAlive: false': [
		`const queue = new PausableQueue({autoStart: false, keepAlive: false});
		queue.add(() => {});
		setTimeout(() => console.log('too long'), 30_000).unref();`,
		'',
	],
};

// Each in a process of its own, and all at once.
const outputs = Object.entries(scripts).map(
	([name, [script, output]]) => [name, {seen: runScript(script), output}] as const,
);

test.each(outputs)(
	'%s',
	async (_name, {seen, output}) => {
		expect(await seen).toBe(output);
	},
	60_000,
);
