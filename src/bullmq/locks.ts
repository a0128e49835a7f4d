/**
 * The locks that BullMQ renews, mended in two places.
 *
 * Invariants:
 *
 * 1. BullMQ knows a lock by its job alone. Where a job is here twice, the end of the attempt that lost
 *    its lock must not end the renewal of the one that has it.
 * 2. BullMQ dates the last renewal by the wall clock. After that was set back, a lock would be renewed
 *    only when it has reached the old time again, long after its end.
 */
interface Tracked {
	readonly token: string;
	readonly ts: number;
}

/** Of the past of any clock, and not 0, which means "never". */
const longAgo = 1;

class TrackedLocks<T extends Tracked> extends Map<string, T> {
	readonly #isRunning: (token: string) => boolean;

	constructor(isRunning: (token: string) => boolean) {
		super();
		this.#isRunning = isRunning;
	}

	override get(job: string): T | undefined {
		const tracked = super.get(job);
		return tracked !== undefined && tracked.ts > Date.now() ? {...tracked, ts: longAgo} : tracked;
	}

	override delete(job: string): boolean {
		const tracked = super.get(job);
		return tracked !== undefined && !this.#isRunning(tracked.token) && super.delete(job);
	}
}

/** `isRunning` says whether the attempt that has this token has not ended. */
export function keepLocks(lockManager: object, isRunning: (token: string) => boolean): void {
	(lockManager as {trackedJobs: Map<string, Tracked>}).trackedJobs = new TrackedLocks(isRunning);
}
