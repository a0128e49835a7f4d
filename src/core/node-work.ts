import {Branch, type Counted, countedOf, nextTurn} from './branch.ts';
import {isOne, listOf, type Parents, type PauseNode, type Work} from './node.ts';
import {WorkGroup} from './work-group.ts';

/** The work on a node that is in a work group. */
export class NodeWork implements Work, Counted {
	readonly #node: PauseNode;
	/** Replaced when somebody gathers the work on this node itself. */
	group: WorkGroup;
	branch: Branch | null = null;
	countsOn: Parents = null;

	constructor(node: PauseNode, group: WorkGroup) {
		this.#node = node;
		this.group = group;
	}

	share(node: PauseNode): NodeWork | null {
		const group = isOne(node.pauseParents) ? this.group : groupAmong(listOf(node.pauseParents));
		return group === null ? null : new NodeWork(node, group);
	}

	// The work around such a signal makes it for one step and drops it without telling us, so the signal
	// is not a branch of its own.
	countOnParents(): void {
		this.countsOn = placeOfWork(this.#node.pauseParents);
	}

	passed(): void {
		if (this.countsOn === null) this.pass();
		else for (const node of listOf(this.countsOn)) workOf(node)?.pass();
	}

	pass(): void {
		const branch = (this.branch ??= new Branch());
		branch.lastPass = nextTurn();
		if (branch.firstPass > 0) return;
		branch.firstPass = branch.awaitedSince = branch.lastPass;
		this.group.add(this.#node);
	}

	rest(change: 1 | -1): void {
		if (this.countsOn === null) this.restHere(change);
		else for (const node of listOf(this.countsOn)) workOf(node)?.restHere(change);
	}

	restHere(change: 1 | -1): void {
		(this.branch ??= new Branch()).resting += change;
		this.group.changed();
	}

	beginFlows(flows: number, startedOn: PauseNode | null): void {
		const branch = (this.branch ??= new Branch());
		branch.flows = flows;
		branch.isCounted = true;
		branch.firstPass = branch.awaitedSince = nextTurn();
		branch.startedOn = (startedOn === null ? null : countedOf(startedOn)?.countsOn) ?? startedOn;
		this.group.enter(this.#node);
	}

	awaitFlows(since: number): void {
		if (this.branch === null) return;
		this.branch.awaitedSince = since;
		this.group.changed();
	}

	addFlow(): void {
		if (this.branch === null) return;
		this.branch.flows++;
		if (this.branch.flows > 1) this.branch.hadSeveral = true;
		this.group.changed();
	}

	endFlow(): void {
		if (this.branch === null) return;
		// If its signal is not aborted, the branch stays until `retire()`, because its result is on the way.
		if (--this.branch.flows === 0 && this.#node.aborted) this.drop();
		else this.group.changed();
	}

	aborted(): void {
		this.group.aborted(this.#node);
	}

	drop(): void {
		this.group.drop(this.#node);
	}
}

/** The work on a node; null if it is in no group. */
export function workOf(node: PauseNode): NodeWork | null {
	return node.work as NodeWork | null;
}

/** The group of a node that has several parents. */
function groupAmong(parents: readonly PauseNode[]): WorkGroup | null {
	const all = new Set(parents.flatMap((parent) => workOf(parent)?.group ?? []));
	return all.size > 1 ? new WorkGroup(null, [...all], () => {}) : ([...all][0] ?? null);
}

/** Of several nodes of one group, the youngest counts, because the others are mostly above it. */
function placeOfWork(parents: Parents): Parents {
	if (isOne(parents)) return countedOf(parents)?.countsOn ?? parents;
	const nodes = listOf(parents).flatMap((parent) => listOf(countedOf(parent)?.countsOn ?? parent));
	const places: PauseNode[] = [];
	for (const node of nodes.toSorted((a, b) => b.order - a.order)) {
		const group = workOf(node)?.group;
		if (group !== undefined && !places.some((place) => workOf(place)?.group.isWithin(group) === true))
			places.push(node);
	}
	return places[1] === undefined ? (places[0] ?? null) : places;
}
