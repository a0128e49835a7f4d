import {LinkedList} from './linked-list.ts';
import {need, unneed} from './links.ts';
import {type Follower, type Following, isOne, listOf, News, type PauseNode} from './node.ts';
import {isPaused} from './pauses.ts';
import {climb, walk} from './walk.ts';

// In order of creation, so that parents come before children on every path.
export function sortByAge(nodes: PauseNode[]): void {
	const isSorted = nodes.every((node, index) => (nodes[index - 1]?.order ?? 0) < node.order);
	if (!isSorted) nodes.sort((a, b) => a.order - b.order);
}

export function newsOf(node: PauseNode): News {
	return (node.news ??= new News());
}

/** The direct children that must hear of pauses. */
export function watchedBelow(node: PauseNode): Iterable<PauseNode> {
	return node.news?.watched ?? nobody;
}

export const nobody: readonly PauseNode[] = [];

/** Adds a reason to hear of pauses. From the first reason on, all nodes above pass them on. */
export function watch(node: PauseNode): void {
	climb(node, (at) => {
		if (at.aborted || newsOf(at).watches++ > 0) return null;
		at.usageChanged();
		beginAnnouncing(at);
		for (const parent of listOf(at.pauseParents)) (newsOf(parent).watched ??= new Set()).add(at);
		return at.pauseParents;
	});
}

export function unwatch(node: PauseNode): void {
	climb(node, (at) => {
		if (at.aborted || --newsOf(at).watches > 0) return null;
		at.usageChanged();
		for (const parent of listOf(at.pauseParents)) newsOf(parent).watched?.delete(at);
		return at.pauseParents;
	});
}

// Events from an earlier subscription may still be queued: continue from the state they announce.
// node.ts, invariant 5.
function beginAnnouncing(node: PauseNode): void {
	const paused = isPaused(node);
	const news = newsOf(node);
	if (news.underWay === 0) news.announced = paused;
	else if (news.announced !== paused) addNews({node, news, paused, at: performance.now()});
}

/** One change, to be delivered. */
interface Item {
	readonly node: PauseNode;
	readonly news: News;
	readonly paused: boolean;
	readonly at: number;
}

let queue: Item[] = [];
let delivering = false;

/** Announces these nodes and all below them whose state has changed: first all states, then the events. */
export function announce(origins: readonly PauseNode[]): void {
	const round = origins.filter((node) => node.watches > 0 && !node.aborted);
	if (round.length === 0) return;
	const changed: PauseNode[] = [];
	let left = round.length;
	for (const node of round) {
		const news = newsOf(node);
		const paused = left-- > 0 ? isPaused(node) : isPausedBelow(node);
		if (news.announced === paused) continue;
		news.announced = paused;
		changed.push(node);
		if (news.watched !== null) for (const child of news.watched) round.push(child);
	}
	sortByAge(changed);
	// One timestamp for the whole round: a follower that is called later must not see a later time.
	const at = performance.now();
	for (const node of changed) {
		const news = newsOf(node);
		addNews({node, news, paused: news.announced, at});
	}
	deliver();
}

// Whether a node is paused whose parent's state was just announced: a chain needs no climb from each node.
function isPausedBelow(node: PauseNode): boolean {
	const parent = node.pauseParents;
	return isOne(parent) ? node.holds !== null || newsOf(parent).announced : isPaused(node);
}

function addNews(item: Item): void {
	const {news} = item;
	news.announced = item.paused;
	if (news.followers === null && news.audience === null) return;
	news.underWay++;
	queue.push(item);
}

function deliver(): void {
	if (delivering) return;
	delivering = true;
	try {
		// The list grows while listeners change the state again.
		for (const item of queue) {
			item.news.underWay--;
			tellPause(item);
		}
	} finally {
		queue = [];
		delivering = false;
	}
}

function tellPause({node, news, paused, at}: Item): void {
	if (news.followers !== null) {
		for (const following of news.followers.toArray()) {
			// An earlier follower may have removed this one, or aborted the node.
			if (following.node === null) continue;
			if (paused) following.follower.pause?.(at);
			else following.follower.resume?.(at);
		}
	}
	if (!node.aborted) news.audience?.dispatch(paused ? 'pause' : 'resume');
}

// Only code that sends a signal elsewhere follows the holds: other programs pay nothing for it.
let areHoldsFollowed = false;

/**
 * Tells the followers of holds, at a node and below it, that these may have changed. It ignores the
 * order of the news, because such a follower only looks at the state and calls no code of users.
 */
export function tellHolds(origin: PauseNode): void {
	if (!areHoldsFollowed || origin.watches === 0) return;
	for (const node of walk([origin], watchedBelow))
		for (const {follower} of newsOf(node).followers?.toArray() ?? []) follower.holds?.();
}

/** Adds a follower to a node that is not aborted; the returned function removes it. */
export function addFollower(node: PauseNode, follower: Follower): () => void {
	const {pause, resume, holds} = follower;
	const watches = pause !== undefined || resume !== undefined || holds !== undefined;
	const following: Following = {node, follower, list: null, previous: null, next: null};
	const list = (newsOf(node).followers ??= new LinkedList());
	list.add(following);
	need(node);
	if (watches) watch(node);
	if (holds !== undefined) areHoldsFollowed = true;
	return () => {
		const followed = following.node;
		following.node = null;
		if (followed === null) return;
		list.remove(following);
		unneed(followed);
		if (watches) unwatch(followed);
	};
}
