import {LinkedList} from './linked-list.ts';
import {need, unneed} from './links.ts';
import type {Follower, Following, PauseNode} from './node.ts';
import {isOne, listOf} from './parents.ts';
import {isPaused} from './pauses.ts';

// In order of creation: so parents come before children, whichever way they were reached.
export function sortByAge(nodes: PauseNode[]): void {
	const isSorted = nodes.every((node, index) => (nodes[index - 1]?.order ?? 0) < node.order);
	if (!isSorted) nodes.sort((a, b) => a.order - b.order);
}

/** One more reason to hear of pauses: the parents, and theirs, tell it from the first on. */
export function watch(node: PauseNode): void {
	// Mostly a chain: it is walked without a list of those that were reached.
	for (let at: PauseNode | null = node; at !== null;) {
		if (at.aborted || at.watches++ > 0) return;
		at.usageChanged();
		beginAnnouncing(at);
		const {pauseParents}: PauseNode = at;
		if (pauseParents === null) return;
		for (const parent of listOf(pauseParents)) (parent.watched ??= new Set()).add(at);
		at = onlyOne(pauseParents, watch);
	}
}

export function unwatch(node: PauseNode): void {
	for (let at: PauseNode | null = node; at !== null;) {
		if (at.aborted || --at.watches > 0) return;
		at.usageChanged();
		const {pauseParents}: PauseNode = at;
		if (pauseParents === null) return;
		for (const parent of listOf(pauseParents)) parent.watched?.delete(at);
		at = onlyOne(pauseParents, unwatch);
	}
}

/** The next on the way up where there is one; several are handed to `visit`. */
function onlyOne(
	parents: PauseNode | readonly PauseNode[],
	visit: (node: PauseNode) => void,
): PauseNode | null {
	if (isOne(parents)) return parents;
	for (const parent of parents) visit(parent);
	return null;
}

// Events from an earlier subscription may still be queued: continue from the state they announce.
// node.ts, invariant 5.
function beginAnnouncing(node: PauseNode): void {
	const paused = isPaused(node);
	if (node.newsUnderWay === 0) node.announced = paused;
	else if (node.announced !== paused) addNews(node, paused, performance.now());
}

let news: {node: PauseNode; paused: boolean; at: number}[] = [];
let delivering = false;

/** Tells of these and of all below them whose state has changed: first all states, then the events. */
export function announce(origins: readonly PauseNode[]): void {
	const round = origins.filter((node) => node.watches > 0 && !node.aborted);
	if (round.length === 0) return;
	const changed: PauseNode[] = [];
	for (const node of round) {
		const paused = isPaused(node);
		if (node.announced === paused) continue;
		node.announced = paused;
		changed.push(node);
		if (node.watched !== null) for (const child of node.watched) round.push(child);
	}
	sortByAge(changed);
	// One timestamp for the whole round: a follower that is called later must not see a later time.
	const at = performance.now();
	for (const node of changed) addNews(node, node.announced, at);
	deliver();
}

function addNews(node: PauseNode, paused: boolean, at: number): void {
	node.announced = paused;
	if (node.followers === null && node.audience === null) return;
	node.newsUnderWay++;
	news.push({node, paused, at});
}

function deliver(): void {
	if (delivering) return;
	delivering = true;
	try {
		// The list grows while listeners change the state again.
		for (const {node, paused, at} of news) {
			node.newsUnderWay--;
			tellPause(node, paused, at);
		}
	} finally {
		news = [];
		delivering = false;
	}
}

function tellPause(node: PauseNode, paused: boolean, at: number): void {
	if (node.followers !== null) {
		for (const following of node.followers.toArray()) {
			// Another one may have removed it, or aborted the node.
			if (following.node === null) continue;
			if (paused) following.follower.pause?.(at);
			else following.follower.resume?.(at);
		}
	}
	if (!node.aborted) node.audience?.dispatch(paused ? 'pause' : 'resume');
}

// Only what sends a signal elsewhere follows the holds: a program without that pays nothing.
let areHoldsFollowed = false;

/**
 * Tells those who follow the holds of a node or below it that they may have changed. Outside the
 * order of the news: such a follower looks at the state, and code of users is not called.
 */
export function tellHolds(origin: PauseNode): void {
	if (!areHoldsFollowed || origin.watches === 0) return;
	const reached = new Set([origin]);
	for (const node of reached) {
		for (const {follower} of node.followers?.toArray() ?? []) follower.holds?.();
		for (const child of node.watched ?? []) reached.add(child);
	}
}

/** Adds a follower to a node that is not aborted; the function that is returned removes it. */
export function addFollower(node: PauseNode, follower: Follower): () => void {
	const {pause, resume, holds} = follower;
	const watches = pause !== undefined || resume !== undefined || holds !== undefined;
	const following: Following = {node, follower, list: null, previous: null, next: null};
	(node.followers ??= new LinkedList()).add(following);
	need(node);
	if (watches) watch(node);
	if (holds !== undefined) areHoldsFollowed = true;
	return () => {
		const followed = following.node;
		following.node = null;
		if (followed === null || following.list === null) return;
		following.list.remove(following);
		unneed(followed);
		if (watches) unwatch(followed);
	};
}
