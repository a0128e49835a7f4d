import {afterEach} from '@jest/globals';
import {Task, type TaskContext, type TaskOptions, type TaskState} from 'pausable-signal';

export {flush, watched} from '../core/support.ts';
export {Deferred} from '../flow/kit.ts';

const started = new Set<Task<unknown>>();

// A paused task keeps its process alive, and a test that failed leaves it paused.
afterEach(() => {
	for (const task of started) task.stop('the test is over', {grace: Infinity}).catch(() => {});
	started.clear();
});

/** `Task.start()` for a test: the task is stopped after it, whatever happened. */
export function start<T, P = unknown>(
	fn: (context: TaskContext<P>) => T | PromiseLike<T>,
	options?: TaskOptions,
): Task<T, P> {
	const task = Task.start(fn, options);
	started.add(task as Task<unknown>);
	return task;
}

/** The states that a task goes through from now on. */
export function statesOf(task: Task<unknown>): TaskState[] {
	const states: TaskState[] = [];
	task.addEventListener('statechange', () => states.push(task.state));
	return states;
}
