export {
	type AnyOptions,
	Gate,
	type GateWaitOptions,
	type HoldInfo,
	PausableController,
	type PausableControllerOptions,
	PausableSignal,
	type PausableSignalEventMap,
	type PauseHold,
	type SignalGate,
	type SignalWaitOptions,
} from './core/index.ts';
export {
	type Clock,
	type ClockOptions,
	deadline,
	delay,
	interval,
	type Stopwatch,
	stopwatch,
} from './time/index.ts';
export {
	StopTimeoutError,
	Task,
	type TaskContext,
	type TaskEventMap,
	type TaskOptions,
	type TaskState,
	type TaskStopOptions,
	type TaskWaitOptions,
} from './task/index.ts';
export {pausable, type PausableIterator, type PausableSource, type ReadableLike} from './iterate/index.ts';
