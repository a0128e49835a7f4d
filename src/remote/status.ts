import type {StoreMember} from './store.ts';

/** A task that still moves, with its name in reports. */
export interface Moving {
	readonly job?: string | undefined;
	readonly sets?: readonly string[] | undefined;
}

/** The status of a follower in each report. */
export interface MemberStatus {
	/** The id from its owner; the id in the store is longer, so that no two are the same. */
	readonly id: string;
	readonly version: number;
	/** The id of the document it obeys; empty before its first read. */
	readonly document: string;
	readonly parked: number;
	readonly running: number;
	/** Parked and running, for each scope of a hold that has tasks here. */
	readonly scopes: Readonly<Record<string, readonly [number, number]>>;
	/** For each order, how many of the tasks that it aborted have not ended. */
	readonly ending: Readonly<Record<string, number>>;
	/** At most ten held or aborted tasks that still move. */
	readonly moving: readonly Moving[];
}

/** Reads a member. One with a status of another format counts as having taken no order: reports call it late. */
export function statusOf({id, status}: StoreMember): MemberStatus {
	const it = (typeof status === 'object' && status !== null ? status : {}) as Partial<MemberStatus>;
	return {
		id: it.id ?? id,
		version: it.version ?? 0,
		document: it.document ?? '',
		parked: it.parked ?? 0,
		running: it.running ?? 0,
		scopes: it.scopes ?? {},
		ending: it.ending ?? {},
		moving: it.moving ?? [],
	};
}
