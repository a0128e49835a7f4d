// The verbs of the pause tree: node.ts has its invariants.
import {lookAtDates} from './date-timer.ts';
import {sweep, unlink} from './links.ts';
import {announce, newsOf, sortByAge, tellHolds, unwatch, watchedBelow} from './news.ts';
import {type Following, type HoldInfo, listOf, type PauseNode, undriven} from './node.ts';
import {endHold} from './pauses.ts';
import {abortError} from './outside.ts';
import {NativeController} from './platform.ts';
import {scheduleWake, standAgain} from './waiting.ts';

/**
 * Puts a hold on a node that is not aborted. Listeners run during the call, so the owner must store the
 * hold before it, where they can find it.
 */
export function addHold(node: PauseNode, hold: HoldInfo): void {
	(node.holds ??= new Set()).add(hold);
	holdsChanged(node);
}

export function removeHold(node: PauseNode, hold: HoldInfo): boolean {
	if (node.holds === null || !node.holds.delete(hold)) return false;
	if (node.holds.size === 0) node.holds = null;
	holdsChanged(node);
	endHold(hold, true);
	lookAtDates();
	return true;
}

/** Wakes and tells all that depend on the holds of a node. */
export function holdsChanged(node: PauseNode): void {
	// Before the listeners run, because they may check which waiters are about to continue.
	if (node.holds === null) scheduleWake(node);
	announce([node]);
	tellHolds(node);
}

/** Gives a node that is not aborted other holds instead of those from before, all at once. */
export function replaceHolds(node: PauseNode, before: readonly HoldInfo[], holds: readonly HoldInfo[]): void {
	const all = new Set(node.holds);
	for (const hold of before) all.delete(hold);
	for (const hold of holds) all.add(hold);
	node.holds = all.size > 0 ? all : null;
	holdsChanged(node);
	lookAtDates();
}

/** Aborts a node by the controller of its signal. */
export function abortBy(controller: AbortController, node: PauseNode, cause: unknown): void {
	if (node.aborted) return;
	node.controller = controller;
	abort(node, cause);
}

export function abort(origin: PauseNode, cause: unknown): void {
	if (origin.aborted) return;
	const reason = cause === undefined ? abortError() : cause;
	mark(origin, reason);
	const fallen = [origin];
	if (origin.children !== null) markBelow(fallen, reason);
	else origin.usageChanged();
	for (const node of fallen) tellAbort(node, reason);
	letGo(fallen);
}

function markBelow(fallen: PauseNode[], reason: unknown): void {
	for (const node of fallen) {
		for (const {child: kept, ref} of node.children ?? []) {
			const child = kept ?? ref?.deref();
			if (child === undefined) continue;
			mark(child, reason);
			fallen.push(child);
		}
		node.children = null;
		node.usageChanged();
	}
	sortByAge(fallen);
}

function mark(node: PauseNode, reason: unknown): void {
	leave(node);
	node.aborted = true;
	node.reason = reason;
	endHolds(node);
	node.work?.aborted();
}

function endHolds(node: PauseNode): void {
	for (const hold of node.holds ?? []) endHold(hold, false);
	node.holds = null;
}

const none: readonly Following[] = [];

const nativeAbort = NativeController.prototype.abort;

function tellAbort(node: PauseNode, reason: unknown): void {
	node.waiters?.end('aborted');
	tellFollowers(node, reason);
	if (node.controller !== null) {
		node.isFiring = true;
		nativeAbort.call(node.controller, reason);
		node.isFiring = false;
	}
	node.controller = null;
	node.news?.audience?.close();
}

function tellFollowers({news}: PauseNode, reason: unknown): void {
	if (news === null) return;
	const {followers} = news;
	news.followers = null;
	for (const following of followers?.toArray() ?? none) {
		// Another follower may have removed it.
		if (following.node === null) continue;
		following.node = null;
		following.follower.abort?.(reason);
	}
}

// An aborted node no longer pauses the nodes that followed only its pauses.
function letGo(fallen: readonly PauseNode[]): void {
	const followers: PauseNode[] = [];
	for (const node of fallen) {
		for (const child of watchedBelow(node)) followers.push(child);
		if (node.news !== null) node.news.watched = null;
		scheduleWake(node);
	}
	for (const node of followers) standAgain(node);
	announce(followers);
}

function leave(node: PauseNode): void {
	unlink(node);
	if (node.watches > 0) {
		for (const parent of listOf(node.pauseParents)) {
			newsOf(parent).watched?.delete(node);
			unwatch(parent);
		}
	}
	node.abortParents = null;
	node.pauseParents = null;
	node.driven = undriven;
}

/**
 * Removes a finished node from the tree, unless it still has a waiter, a listener or a live child.
 */
export function retire(node: PauseNode): void {
	node.work?.drop();
	if (node.aborted || node.needs > 0 || node.watches > 0) return;
	sweep(node);
	if (node.children !== null && node.children.size > 0) return;
	leave(node);
}

/** Removes a finished node from the tree. Nodes below it follow nobody from now on. */
export function detach(node: PauseNode): void {
	node.work?.drop();
	leave(node);
	// Otherwise work that is left running would wait forever for a hold that nobody releases.
	endHolds(node);
	standAgain(node);
	announce([node]);
}
