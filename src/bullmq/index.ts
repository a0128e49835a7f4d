export {HandBackError, LockLostError} from './errors.ts';
export {QueueController, type QueueControllerOptions, type QueueStatus} from './queue-controller.ts';
export {type PausableProcessor, PausableWorker, type PausableWorkerOptions} from './worker.ts';
