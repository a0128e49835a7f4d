import type {Contest} from '../contest.ts';
import {abortChildren, abortWaiters} from './abort.ts';
import {checkpointAlone, checkpointDeep, look, waitAlone, waitDeep} from './checkpoint.ts';
import {child, childLife, controller} from './create.ts';
import {delayMany, delayOne} from './delay.ts';
import {childBytes, idleChildBytes, waiterBytes} from './memory.ts';
import {pauseChildren, resumeChildren} from './pause.ts';
import {
	queueBytes,
	queueHeard,
	queuePauseSet,
	queueReadSignal,
	queueSharedSignal,
	queueTasks,
} from './queue.ts';
import {task, taskBelow} from './task.ts';
import {threadLoop, threadPause, threadPool, threadResume} from './thread.ts';
import {transferChunks, transferDownload, transferRead} from './transfer-bulk.ts';
import {chunksFetch, chunksPausable, chunksStream} from './transfer-chunks.ts';
import {abortDropped, abortHeld, resumeDropped, resumeHeld} from './transfer-pause.ts';
import {parkMany, parkOne, timedWait} from './waiters.ts';

/** All contests, in the order of the table. The names are for the command line. */
export const contests: Record<string, () => Contest> = {
	checkpoint: checkpointAlone,
	'checkpoint-deep': checkpointDeep,
	wait: waitAlone,
	'wait-deep': waitDeep,
	look: look,
	create: controller,
	'create-child': child,
	'create-abort': childLife,
	'park-one': parkOne,
	'park-many': parkMany,
	'park-timed': timedWait,
	'pause-100': () => pauseChildren(100),
	'pause-100000': () => pauseChildren(100_000),
	'resume-100': () => resumeChildren(100),
	'resume-100000': () => resumeChildren(100_000),
	'bytes-waiter': waiterBytes,
	'bytes-child': childBytes,
	'bytes-idle-child': idleChildBytes,
	'abort-waiters': abortWaiters,
	'abort-children': abortChildren,
	delay: delayOne,
	'delay-many': delayMany,
	task: task,
	'task-below': taskBelow,
	'queue-1000': () => queueTasks(1000),
	'queue-100000': () => ({...queueTasks(100_000), isHeavy: true}),
	'queue-heard': queueHeard,
	'queue-shared-signal': queueSharedSignal,
	'queue-read-signal': queueReadSignal,
	'queue-pause-set': queuePauseSet,
	'queue-bytes': queueBytes,
	'transfer-read': transferRead,
	'transfer-chunks-loopback': transferChunks,
	'transfer-download': transferDownload,
	'transfer-chunks-pausable': chunksPausable,
	'transfer-chunks-stream': chunksStream,
	'transfer-chunks-fetch': chunksFetch,
	'transfer-abort-held': abortHeld,
	'transfer-abort-dropped': abortDropped,
	'transfer-resume-held': resumeHeld,
	'transfer-resume-dropped': resumeDropped,
	'thread-loop': threadLoop,
	'thread-pause-rest': () => threadPause(10),
	'thread-pause-busy': () => threadPause(0),
	'thread-resume-rest': () => threadResume(10),
	'thread-resume-busy': () => threadResume(0),
	'thread-pool-nothing': () => threadPool('nothing', 1000),
	'thread-pool-1ms': () => threadPool('spin', 100),
};
