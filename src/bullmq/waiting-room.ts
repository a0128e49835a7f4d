/**
 * The waiting room of jobs that are held and have not begun: BullMQ's own delayed set.
 *
 * Invariants:
 *
 * 1. A job is in the room exactly when BullMQ says that it is delayed, by `roomDelay`. Nothing of it is
 *    kept elsewhere, so that no crash can part the two: BullMQ's one command puts a job away, and one
 *    brings it back.
 * 2. The room is ordered by when jobs came up, as the delayed set is.
 * 3. A job that nobody brings back comes up on its own after a day, longer than any clock is wrong.
 */
import type {IQueueBackend, JobJson} from 'bullmq';

/** Nobody asks for a delay of just this length. In whole milliseconds, as Postgres takes no others. */
export const roomDelay: number = 24 * 3_600_000 + 4_242;

const pageSize = 500;

/** A job that waits, as far as its scopes are concerned. */
export type Stored = JobJson & {readonly id: string};

export class WaitingRoom {
	readonly #backend: IQueueBackend;

	/** `backend` is what a worker has; without Node's types it does not show its events. */
	constructor(backend: object) {
		this.#backend = backend as IQueueBackend;
	}

	/** Puts an active job away, with no attempt counted. Rejects when it could not. */
	async add(id: string, token: string): Promise<void> {
		await this.#backend.moveToDelayed(id, Date.now(), roomDelay, token, {skipAttempt: true});
	}

	/** Brings back those that `isHeld` does not concern, in order. Resolves with how many it found. */
	async release(isHeld: (job: Stored) => boolean): Promise<void> {
		const free: string[] = [];
		for await (const job of this.#jobs('delayed')) if (isInRoom(job) && !isHeld(job)) free.push(job.id);
		// One after the other: the order is the queue's.
		for (const id of free) await this.#backend.promote(id).catch(ignoreMoved);
	}

	/** Removes what waits, is delayed or stands in the room. */
	async remove(isMeant: (job: Stored) => boolean): Promise<void> {
		const meant: string[] = [];
		for (const kind of ['wait', 'prioritized', 'delayed'] as const)
			for await (const job of this.#jobs(kind)) if (isMeant(job)) meant.push(job.id);
		// One that came up meanwhile is locked: whoever runs it fails it.
		for (const id of new Set(meant)) await this.#backend.remove(id, true);
	}

	async *#jobs(kind: 'wait' | 'prioritized' | 'delayed'): AsyncGenerator<Stored> {
		const seen = new Set<string>();
		for (let start = 0; ; start += pageSize) {
			const ids = (await this.#backend.getRanges([kind], start, start + pageSize - 1, true)).flat();
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

// Another worker was faster, or the job is gone.
function ignoreMoved(error: unknown): void {
	const {code} = error as {code?: unknown};
	if (code !== -1 && code !== -3) throw error;
}
