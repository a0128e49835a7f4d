export {PriorityQueue, type Queue, type QueueAddOptions, type RunFunction, TimeoutError} from 'p-queue';
export type {TaskMessage} from './diagnostics.ts';
export type {QueueResults, TaskGroup} from './group.ts';
export type {Inspected, InspectedTask} from './inspect.ts';
export type {MapFunction, MapIterator, MapOptions} from './map.ts';
export type {
	AddOptions,
	HoldOptions,
	PausableQueueOptions,
	PauseOptions,
	PauseReport,
	QueueState,
	QueueTask,
	QueueTaskContext,
	QueueWaitOptions,
	TaskName,
	TaskSetOptions,
	WhilePaused,
} from './options.ts';
export {
	PausableQueue,
	type PausableQueueEventMap,
	type RunningTask,
	type StuckTask,
} from './pausable-queue.ts';
export type {QueueProgress} from './progress.ts';
export {TaskSet} from './task-set.ts';
