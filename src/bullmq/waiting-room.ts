/**
 * The waiting room of held jobs that have not begun: BullMQ's own delayed set.
 *
 * Invariants:
 *
 * 1. A job is in the room exactly if BullMQ says that it is delayed by `roomDelay`. There is no second
 *    record that could disagree after a crash: one command of BullMQ puts a job away, and one brings it
 *    back.
 * 2. Jobs are in the order in which they came up, as in the delayed set.
 * 3. A job that nobody brings back comes up on its own after a day, which is longer than any clock is
 *    wrong.
 */
import type {IQueueBackend, JobJson} from 'bullmq';

/** A delay that no user is likely to choose. In whole milliseconds, because Postgres takes no others. */
export const roomDelay: number = 24 * 3_600_000 + 4_242;

const pageSize = 500;

/** The parts of a waiting job that decide its scopes. */
export type Stored = JobJson & {readonly id: string};

const waitingStates: ReadonlySet<string> = new Set(['waiting', 'prioritized', 'delayed', 'paused']);

/** One job: another one may have its id after it. */
export interface Known {
	readonly id: string;
	readonly timestamp: number;
}

interface Removal {
	readonly removed: readonly Known[];
	/** Those that some worker has. */
	readonly active: readonly Known[];
}

type Kind = 'wait' | 'prioritized' | 'delayed' | 'active';

export class WaitingRoom {
	readonly #backend: IQueueBackend;

	/** `backend`: the worker's; without Node's types its type does not show its events. */
	constructor(backend: object) {
		this.#backend = backend as IQueueBackend;
	}

	/** Puts an active job away, without counting an attempt. Rejects if that failed. */
	async add(id: string, token: string): Promise<void> {
		await this.#backend.moveToDelayed(id, Date.now(), roomDelay, token, {skipAttempt: true});
	}

	/** Brings back the jobs that are not held, in order. */
	async release(isHeld: (job: Stored) => boolean): Promise<void> {
		const free: string[] = [];
		for await (const job of this.#jobs('delayed', true)) if (isInRoom(job) && !isHeld(job)) free.push(job.id);
		// One after the other, to keep their order.
		for (const id of free) await this.#backend.promote(id).catch(ignoreMoved);
	}

	/** Removes jobs that wait, are delayed or are in the room. */
	async remove(isMeant: (job: Stored) => boolean): Promise<Removal> {
		// In this order because jobs move meanwhile: those that are active now may wait again.
		const active = await this.#find('active', isMeant);
		const removed: Known[] = [];
		// A job that moves on is in a list that has not been read yet.
		for (const kind of ['delayed', 'prioritized', 'wait'] as const)
			removed.push(...(await this.#find(kind, isMeant)));
		for (const {id} of removed) await this.#backend.remove(id, true);
		return {removed, active: [...active, ...(await this.#find('active', isMeant))]};
	}

	/** Removes those that wait again. Resolves with those that a worker still has. */
	async removeAgain(jobs: readonly Known[]): Promise<readonly Known[]> {
		const left: Known[] = [];
		for (const job of jobs) if (!(await this.#isOver(job))) left.push(job);
		return left;
	}

	async #isOver({id, timestamp}: Known): Promise<boolean> {
		const state = await this.#backend.getState(id);
		const found = await this.#backend.getJobData(id);
		if (Number(found?.timestamp) !== timestamp) return true;
		if (waitingStates.has(state)) return (await this.#backend.remove(id, true)) > 0;
		return state !== 'active';
	}

	async #find(kind: Kind, isMeant: (job: Stored) => boolean): Promise<readonly Known[]> {
		const found: Known[] = [];
		for await (const job of this.#jobs(kind, false))
			if (isMeant(job)) found.push({id: job.id, timestamp: Number(job.timestamp)});
		return found;
	}

	/**
	 * Pages through a list. Without `isAscending` it begins with the last job: then no job that comes up
	 * meanwhile moves another one over to a page that has been read.
	 */
	async *#jobs(kind: Kind, isAscending: boolean): AsyncGenerator<Stored> {
		const seen = new Set<string>();
		for (let start = 0; ; start += pageSize) {
			const ids = (await this.#backend.getRanges([kind], start, start + pageSize - 1, isAscending)).flat();
			const fresh = ids.filter((id) => !seen.has(id));
			const found = await Promise.all(fresh.map((id) => this.#backend.getJobData(id)));
			for (const [at, id] of fresh.entries()) {
				seen.add(id);
				const job = found[at];
				if (job !== undefined && job !== null) yield {...job, id};
			}
			if (ids.length < pageSize) return;
		}
	}
}

function isInRoom({delay}: Stored): boolean {
	return Number(delay) === roomDelay;
}

// The error means that another worker was faster, or that the job is gone.
function ignoreMoved(error: unknown): void {
	const {code} = error as {code?: unknown};
	if (code !== -1 && code !== -3) throw error;
}
