import {Branch, type Counted, nextTurn} from './branch.ts';
import {isOne, listOf, type Parents, type PauseNode, type Work} from './node.ts';
import {WorkGroup} from './work-group.ts';

/** The work on a node that is in a work group. */
export class NodeWork implements Work, Counted {
	readonly #node: PauseNode;
	/** Replaced when somebody gathers the work on this node itself. */
	group: WorkGroup;
	branch: Branch | null = null;
	/** Where the work here counts: mostly on this node. */
	#places: readonly NodeWork[] = [this];

	constructor(node: PauseNode, group: WorkGroup) {
		this.#node = node;
		this.group = group;
	}

	share(node: PauseNode): NodeWork {
		return new NodeWork(node, isOne(node.pauseParents) ? this.group : groupOf(worksOn(node.pauseParents)));
	}

	// The work around such a signal makes it for one step and drops it without telling us, so the signal
	// is not a branch of its own.
	countOnParents(): void {
		this.#places = youngestOf(worksOn(this.#node.pauseParents).flatMap((work) => work.#places));
	}

	get #counted(): Branch {
		return (this.branch ??= new Branch());
	}

	get order(): number {
		return this.#node.order;
	}

	passed(): void {
		for (const place of this.#places) place.#pass();
	}

	#pass(): void {
		const branch = this.#counted;
		branch.lastPass = nextTurn();
		if (branch.firstPass > 0) return;
		branch.firstPass = branch.awaitedSince = branch.lastPass;
		this.group.add(this.#node);
	}

	rest(change: 1 | -1): void {
		for (const place of this.#places) {
			place.#counted.resting += change;
			place.group.changed();
		}
	}

	beginPool(): void {
		const branch = this.#counted;
		branch.isPool = branch.hadSeveral = true;
		branch.flows = branch.awaiting = 0;
		this.#pass();
		branch.awaitedSince = 0;
	}

	awaitPool(change: 1 | -1): void {
		const branch = this.#counted;
		branch.awaiting += change;
		if (change > 0) branch.awaitedSince = nextTurn();
		else if (branch.awaiting === 0) branch.awaitedSince = 0;
		this.group.changed();
	}

	beginFlow(startedOn: PauseNode | null, pool: PauseNode | null = null): void {
		const branch = this.#counted;
		branch.isCounted = true;
		branch.pool = pool;
		branch.firstPass = branch.awaitedSince = nextTurn();
		branch.startedOn = startedOn;
		this.group.enter(this.#node);
	}

	awaitFlows(since: number): void {
		this.#counted.awaitedSince = since;
		this.group.changed();
	}

	addFlow(): void {
		this.#counted.flows++;
		this.#counted.hadSeveral = true;
		this.group.changed();
	}

	endFlow(): void {
		// If its signal is not aborted, the branch stays until `retire()`, because its result is on the way.
		if (--this.#counted.flows === 0 && this.#node.aborted) this.drop();
		else this.group.changed();
	}

	aborted(): void {
		// If its flows are counted, those that clean up still move.
		const {branch} = this;
		if (branch?.isCounted === true || (branch?.isPool === true && branch.flows > 0)) this.group.changed();
		else this.drop();
	}

	drop(): void {
		if (this.branch !== null) this.group.drop(this.#node);
	}
}

/** The work on a node; null if it is in no group. */
export function workOf(node: PauseNode): NodeWork | null {
	return node.work as NodeWork | null;
}

function worksOn(nodes: Parents): NodeWork[] {
	return listOf(nodes).flatMap((node) => workOf(node) ?? []);
}

/** The group of a node that has several parents. */
function groupOf(works: readonly NodeWork[]): WorkGroup {
	const groups = [...new Set(works.map(({group}) => group))];
	return groups.length > 1 ? new WorkGroup(null, groups, () => {}) : groups[0]!;
}

/** Of several nodes of one group, the youngest counts, because the others are mostly above it. */
function youngestOf(works: readonly NodeWork[]): NodeWork[] {
	const places: NodeWork[] = [];
	for (const work of works.toSorted((a, b) => b.order - a.order))
		if (!places.some((place) => place.group.isWithin(work.group))) places.push(work);
	return places;
}
