import type {PauseNode} from './node.ts';

/** The work on one node: how many flows there are, and how many of them stand still. */
export class Branch {
	/** Flows that are under way. If nobody counts them, we assume one. */
	flows = 1;
	/** The library starts and ends the flows, so it knows when the work is over. */
	isCounted = false;
	/** It has had several flows at once: then we cannot know which of them passed a checkpoint. */
	hadSeveral = false;
	/** Flows that wait at a checkpoint or a stopped clock. */
	resting = 0;
	firstPass = 0;
	lastPass = 0;
	/** The node of the work that started this branch, if known. */
	startedOn: PauseNode | null = null;
	/** Its flows are tasks, and it may have none. */
	isPool = false;
	/** How many flows above await it; only a pool has several. */
	awaiting = 1;
	/** The pool whose task it is. */
	pool: PauseNode | null = null;
	/** The turn in which a flow of the branch above began to await this one; 0 if none does. */
	awaitedSince = 0;

	/** Whether a flow of the branch above awaits this one. */
	isAwaitedBy(above: Branch): boolean {
		return this.awaitedSince > 0 && (above.hadSeveral || this.awaitedSince > above.lastPass);
	}
}

/** What we know of a node that is in a work group. */
export interface Counted {
	readonly branch: Branch | null;
}

/** Undefined for a node that is in no group, because nobody asks about its work. */
export function countedOf(node: PauseNode): Counted | undefined {
	return (node.work as Counted | null) ?? undefined;
}

let turn = 0;

/** Grows with each call: a later event has a greater number. */
export function nextTurn(): number {
	return ++turn;
}
