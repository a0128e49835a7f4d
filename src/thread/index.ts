export {SignalLostError, ThreadExitError} from './errors.ts';
export type {ThreadSource} from './host.ts';
export type {ThreadResourceLimits, ThreadWorkerOptions} from './host-node.ts';
export {
	ThreadPool,
	type ThreadPoolOptions,
	type ThreadPoolSource,
	type ThreadPoolStopOptions,
	type ThreadRunOptions,
} from './pool.ts';
export type {WorkerLike} from './platform.ts';
export {defineThread, type ThreadContext, type ThreadFunction} from './runner.ts';
export {Thread, type ThreadOptions, type ThreadStop} from './thread.ts';
export {ThreadSignal} from './thread-signal.ts';
export {receiveSignal, type ReceiveOptions, type SignalTransfer, transferSignal} from './transfer.ts';
