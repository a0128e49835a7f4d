import type {HoldInfo} from '../core/index.ts';
import type {Job} from './job.ts';
import type {Lane} from './lane.ts';
import type {QueueState} from './options.ts';

/** A running task, as `inspect()` shows it. */
export interface InspectedTask {
	readonly id: string;
	readonly state: 'running' | 'parked' | 'aborted';
	/** Milliseconds since it started. */
	readonly age: number;
	/** The last progress that it reported. */
	readonly progress?: unknown;
}

/** A queue or a set, as `inspect()` shows it: plain data. */
export interface Inspected {
	readonly name?: string;
	readonly state: QueueState;
	readonly holds: readonly HoldInfo[];
	readonly waiting: number;
	readonly completed: number;
	readonly failed: number;
	readonly aborted: number;
	readonly tasks: readonly InspectedTask[];
	readonly sets: readonly Inspected[];
}

export function stateOf(lane: Lane): QueueState {
	const {running, parked} = lane.counts;
	if (lane.signal.aborted) return running > 0 ? 'stopping' : 'stopped';
	if (!lane.signal.paused) return 'running';
	return running > parked ? 'pausing' : 'paused';
}

export function inspectLane(lane: Lane, state: QueueState = stateOf(lane)): Inspected {
	const {waiting, completed, failed, aborted} = lane.counts;
	return {
		...(lane.name === undefined ? {} : {name: lane.name}),
		state,
		holds: lane.signal.holds,
		waiting,
		completed,
		failed,
		aborted,
		tasks: [...lane.jobs.running].map(inspectJob),
		sets: lane.children.map((child) => inspectLane(child)),
	};
}

function inspectJob(job: Job): InspectedTask {
	const {id, isParked, phase, body} = job;
	const {progress, startTime} = body;
	return {
		id,
		state: phase === 'aborted' ? 'aborted' : isParked ? 'parked' : 'running',
		age: Date.now() - startTime,
		...(progress === undefined ? {} : {progress}),
	};
}
