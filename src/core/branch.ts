import type {PauseNode} from './node.ts';
import {isOne, listOf, type Parents} from './parents.ts';

/** The work on one node: how many flows there are, and how many of them stand still. */
export class Branch {
	/** Flows that are under way. One is assumed where nobody counts them. */
	flows = 1;
	/** The library starts and ends the flows, so it knows when the work is over. */
	isCounted = false;
	/** It has had several flows at once: which of them passed a checkpoint is then unknown. */
	hadSeveral = false;
	/** Flows that wait at a checkpoint or a stopped clock. */
	resting = 0;
	firstPass = 0;
	lastPass = 0;
	/** The nodes on which the work counts that started this branch, where that is known. */
	startedOn: Parents = null;
	/** The turn in which a flow of the branch above began to await this one; 0: none does. */
	awaitedSince = 0;

	/** Whether one flow of the branch above awaits this one. */
	isAwaitedBy(above: Branch): boolean {
		return this.awaitedSince > 0 && (above.hadSeveral || this.awaitedSince > above.lastPass);
	}
}

/**
 * Where work counts on a composite or a time limit. Such a signal is made for one step of the work
 * around it and dropped without a word, so it is no branch of its own. Of several nodes of one group
 * the youngest counts: the others are mostly above it.
 */
export function placeOfWork(parents: Parents): Parents {
	if (isOne(parents)) return parents.countsOn ?? parents;
	const nodes = listOf(parents).flatMap((parent) => listOf(parent.countsOn ?? parent));
	const places: PauseNode[] = [];
	for (const node of nodes.toSorted((a, b) => b.order - a.order)) {
		const {group} = node;
		if (group !== null && !places.some((place) => place.group?.isWithin(group))) places.push(node);
	}
	return places[1] === undefined ? (places[0] ?? null) : places;
}

let turn = 0;

/** Grows with each call: what came later has the greater number. */
export function nextTurn(): number {
	return ++turn;
}

function branchOf(node: PauseNode): Branch {
	return (node.branch ??= new Branch());
}

let observer: (() => void) | undefined;

/** Calls back at each checkpoint of any signal, until the returned function is called. */
export function observeCheckpoints(callback: () => void): () => void {
	observer = callback;
	return () => (observer = undefined);
}

/** Notes that work passed a checkpoint of this node. */
export function noteCheckpointOf(node: PauseNode): void {
	observer?.();
	// Most nodes are in no group: this is all that it costs them.
	if (node.group === null) return;
	if (node.countsOn === null) passAt(node);
	else for (const at of listOf(node.countsOn)) passAt(at);
}

function passAt(node: PauseNode): void {
	if (node.group === null) return;
	const branch = branchOf(node);
	branch.lastPass = nextTurn();
	if (branch.firstPass > 0) return;
	branch.firstPass = branch.awaitedSince = branch.lastPass;
	node.group.add(node);
}

/** Makes a node a branch whose flows are counted. Without `startedOn`, where it was started is guessed. */
export function beginFlows(node: PauseNode, flows: number, startedOn: PauseNode | null): void {
	if (node.group === null) return;
	const branch = branchOf(node);
	branch.flows = flows;
	branch.isCounted = true;
	branch.firstPass = branch.awaitedSince = nextTurn();
	branch.startedOn = startedOn?.countsOn ?? startedOn;
	node.group.enter(node);
}

/** Says since when one flow of the branch above awaits the counted flows of a node; 0: none does. */
export function awaitFlows(node: PauseNode, since: number): void {
	if (node.branch === null) return;
	node.branch.awaitedSince = since;
	node.group?.changed();
}

/** One more flow is under way on a node whose flows are counted. */
export function addFlow(node: PauseNode): void {
	if (node.branch === null) return;
	node.branch.flows++;
	if (node.branch.flows > 1) node.branch.hadSeveral = true;
	node.group?.changed();
}

/** One of the counted flows has ended. */
export function endFlow(node: PauseNode): void {
	if (node.branch === null) return;
	// An inner signal that is not aborted stays until it is retired: its result is on the way.
	if (--node.branch.flows === 0 && node.aborted) node.group?.drop(node);
	else node.group?.changed();
}

/** Notes that one flow of work on this node stands still until `endRest()`. */
export function beginRest(node: PauseNode): void {
	changeRest(node, 1);
}

export function endRest(node: PauseNode): void {
	changeRest(node, -1);
}

function changeRest(node: PauseNode, change: number): void {
	if (node.group === null) return;
	if (node.countsOn === null) changeRestAt(node, change);
	else for (const at of listOf(node.countsOn)) changeRestAt(at, change);
}

function changeRestAt(node: PauseNode, change: number): void {
	branchOf(node).resting += change;
	node.group?.changed();
}
