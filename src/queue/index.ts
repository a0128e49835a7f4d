export type {HoldOptions} from '../core/index.ts';
export {PriorityQueue, type Queue, type QueueAddOptions, type RunFunction, TimeoutError} from 'p-queue';
export {BackOff, type BackOffOptions, type Refusal} from './back-off.ts';
export type {TaskMessage} from './diagnostics.ts';
export type {AddOptions, MapFunction, QueueResults, QueueTask, QueueTaskContext, TaskGroup} from './group.ts';
export type {Inspected, InspectedTask} from './inspect.ts';
export {type FollowableQueue, followQueue, type QueueFollower} from './follow-queue.ts';
export type {MapIterator, MapOptions} from './map.ts';
export type {
	PausableQueueOptions,
	PauseOptions,
	PauseReport,
	QueueState,
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
