import type {PausableSignal} from '../core/index.ts';
import {type Stopwatch, stopwatch} from '../time/index.ts';
import type {Lane} from './lane.ts';

/** The progress of a queue or a set. Each task is in exactly one of the six counts. */
export interface QueueProgress {
	readonly waiting: number;
	/** Tasks that run and do not stand still. */
	readonly running: number;
	/** Tasks that run and stand still at a checkpoint or a stopped clock. */
	readonly parked: number;
	readonly completed: number;
	readonly failed: number;
	/** Tasks that were cleared, stopped, timed out or aborted. */
	readonly aborted: number;
	/** Tasks that ended, per second of active time, since the measurement began. */
	readonly rate: number;
	/** Milliseconds of active time that the rest takes at this rate; `undefined` while unknown. */
	readonly eta: number | undefined;
}

/** Counts, with a rate on active time since the meter was made. */
export class ProgressMeter {
	/** The one whose active time it measures. */
	readonly signal: PausableSignal;
	readonly #lane: Lane;
	readonly #watch: Stopwatch;
	readonly #endedBefore: number;

	constructor(lane: Lane) {
		this.#lane = lane;
		this.signal = lane.signal;
		this.#watch = stopwatch(this.signal);
		this.#endedBefore = endedOf(lane);
	}

	read(): QueueProgress {
		const {waiting, running, parked, completed, failed, aborted} = this.#lane.counts;
		const ended = endedOf(this.#lane) - this.#endedBefore;
		const elapsed = this.#watch.elapsed;
		const rate = elapsed > 0 ? (ended * 1000) / elapsed : 0;
		const left = waiting + running;
		return {
			waiting,
			running: running - parked,
			parked,
			completed,
			failed,
			aborted,
			rate,
			eta: rate > 0 ? (left * 1000) / rate : undefined,
		};
	}
}

function endedOf(lane: Lane): number {
	const {completed, failed, aborted} = lane.counts;
	return completed + failed + aborted;
}
