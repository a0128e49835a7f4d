// The public names of this folder; src/index.ts exports them again.
export {PausableController, type PausableControllerOptions} from './controller.ts';
export {Gate, type GateWaitOptions} from './gate.ts';
export type {HoldOptions, PauseHold} from './hold.ts';
export {type AnyOptions, PausableSignal, type PausableSignalEventMap} from './signal.ts';
export type {SignalGate, SignalWaitOptions} from './signal-gate.ts';
export type {Follower, HoldInfo, Point} from './node.ts';

// Names that the other folders use; not public.
export {builtin} from './builtin.ts';
export {DateTimer} from './date-timer.ts';
export {whenDropped} from './dropped.ts';
export {createOwnWork, type OwnWork} from './own-work.ts';
export {createRemote, type Remote, remoteOf, type RemoteSignal} from './remote.ts';
export {reasonOf} from './outside.ts';
export {follow, isPausable, isPaused, noteCheckpoint, noteRest, pointOf, restWhilePaused} from './point.ts';
export {hasEnded} from './hold.ts';
export {NativeController} from './platform.ts';
export {createAbortable, timeoutError} from './signal.ts';
export {type Callback, CountedListeners} from './counted-listeners.ts';
export {atNextJob, onceAJob} from './next-job.ts';
export {type Linked, LinkedList} from './linked-list.ts';
export {Timer} from './timer.ts';
export {TypedTarget} from './typed-target.ts';
export {
	describe,
	expectBoolean,
	expectBytes,
	expectCount,
	expectFunction,
	expectMilliseconds,
	expectOneOf,
	expectOptions,
	expectSignal,
	expectUntil,
	expectTime,
	isAbortSignal,
	isDate,
	type NotASignal,
	outOfRange,
	wrongType,
} from './validate.ts';
export {waitIn, WaiterList} from './waiters.ts';
export {
	countFlows,
	createPool,
	delayResume,
	detach,
	type Flows,
	gatherWork,
	holdSignal,
	type Pool,
	type PoolTask,
	retire,
} from './work.ts';
export type {WorkGroup} from './work-group.ts';

// Names that only pausable-signal/testing uses.
export {observeCheckpoints} from './observer.ts';
export {countWaiters, leftOnNode} from './observe.ts';
