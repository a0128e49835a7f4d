// Whose turn it is among a queue's own tasks and its sets.
import {expect, test} from '@jest/globals';
import type {PausableQueue, TaskSet} from 'pausable-signal/queue';
import {createQueue} from './kit.ts';

/** Adds three tasks. */
function addThree(log: string[], name: string, group: PausableQueue | TaskSet): void {
	for (const number of [1, 2, 3]) void group.add(() => log.push(`${name} ${number}`));
}

// T3
test('the own tasks of a queue have one turn, as each of its sets does, however many wait', async () => {
	const log: string[] = [];
	const queue = createQueue({autoStart: false, concurrency: 1});
	addThree(log, 'own', queue);
	addThree(log, 'set', queue.taskSet('set'));
	queue.start();
	await queue.onIdle();
	expect(log).toEqual(['own 1', 'set 1', 'own 2', 'set 2', 'own 3', 'set 3']);
});

test('all own tasks of a queue that has a set start at its resume', async () => {
	const log: string[] = [];
	const queue = createQueue({autoStart: false});
	queue.taskSet('set');
	addThree(log, 'own', queue);
	queue.start();
	expect(log).toEqual(['own 1', 'own 2', 'own 3']);
	await queue.onIdle();
});

test('tasks of a set and of the sets inside take turns', async () => {
	const log: string[] = [];
	const queue = createQueue({autoStart: false, concurrency: 1});
	const outer = queue.taskSet('outer');
	addThree(log, 'outer', outer);
	addThree(log, 'inner', outer.taskSet('inner'));
	addThree(log, 'own', queue);
	queue.start();
	await queue.onIdle();
	expect(log).toEqual([
		'outer 1',
		'own 1',
		'inner 1',
		'own 2',
		'outer 2',
		'own 3',
		'inner 2',
		'outer 3',
		'inner 3',
	]);
});

test('sizeBy() counts the tasks of the sets, too', () => {
	const queue = createQueue({autoStart: false});
	const set = queue.taskSet('set');
	for (const group of [queue, set, set.taskSet('inner'), queue.taskSet('other')])
		group.add(() => {}, {priority: 1}).catch(() => {});
	set.add(() => {}).catch(() => {});
	expect([queue.sizeBy({priority: 1}), queue.sizeBy({priority: 0})]).toEqual([4, 1]);
});
