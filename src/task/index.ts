export {StopTimeoutError} from './stop-timeout-error.ts';
export {
	Task,
	type TaskContext,
	type TaskEventMap,
	type TaskOptions,
	type TaskState,
	type TaskStopOptions,
	type TaskWaitOptions,
} from './task.ts';

// Names that the other folders use; not public.
export {keepAlive, keepAliveWhilePaused} from './keep-alive.ts';
