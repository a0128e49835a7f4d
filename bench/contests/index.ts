import type {Contest} from '../contest.ts';
import {abortChildren, abortWaiters} from './abort.ts';
import {checkpointAlone, checkpointDeep, look, waitAlone, waitDeep} from './checkpoint.ts';
import {child, childLife, controller} from './create.ts';
import {delayMany, delayOne} from './delay.ts';
import {childBytes, waiterBytes} from './memory.ts';
import {pauseChildren, resumeChildren} from './pause.ts';
import {task, taskBelow} from './task.ts';
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
	'abort-waiters': abortWaiters,
	'abort-children': abortChildren,
	delay: delayOne,
	'delay-many': delayMany,
	task: task,
	'task-below': taskBelow,
};
