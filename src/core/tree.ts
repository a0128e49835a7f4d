/**
 * The pause tree: the state behind every signal, and the only place that changes it.
 *
 * Invariants, which hold whenever code outside this folder runs:
 *
 * 1. A node is paused exactly when it, or a node above it along `pauseParents`, has a hold. Nothing
 *    is stored for the nodes below a hold, so pausing is O(1) and costs no memory.
 * 2. A node has waiters only while it is paused or its wake-up is under way. It then stands in the
 *    `parked` set of exactly one node, its `parkedAt`: one that blocks it, or that blocked it until
 *    the wake-up was scheduled. Resuming looks at that set alone. A wake-up that finds another
 *    blocker moves the node there: that is what makes waiting level-triggered.
 * 3. A parent's `children` has an entry for each child that is alive and not aborted, in the order
 *    of creation. The entry is weak, unless the child is needed: it, or a node below it, has a
 *    waiter, a follower or a listener (`needs` counts them). So an abort reaches whatever can still
 *    notice it, and what nobody needs can be collected.
 * 4. A parent's `watched` set has each child that must hear of pauses: it, or a node below it, has
 *    a follower or listener for them (`watches` counts them). Pausing walks these and nothing else.
 * 5. For a watched node, `announced` is the last state that was put into the news. It changes in
 *    alternation, and the news are delivered first in, first out: state first, events after.
 * 6. An aborted node has no parents, no holds, no waiters and no followers, and never gets any.
 *    A whole subtree is marked as aborted before the first abort event fires.
 */
import type {Audience} from './audience.ts';
import {Branches} from './branches.ts';
import {listOf, type Parents} from './parents.ts';
import type {SignalGate} from './signal-gate.ts';
import {type Waiter, WaiterList} from './waiters.ts';

/** One hold on a signal: why it is paused, and since when (`Date.now()` milliseconds). */
export interface HoldInfo {
	readonly reason: unknown;
	readonly since: number;
}

/** What the rooms above hear of a signal. A follower looks at the state; it must not throw. */
export interface Follower {
	pause?(): void;
	resume?(): void;
	abort?(reason: unknown): void;
}

// How many waiters one turn of the event loop wakes. A million in one go would block it for a
// quarter of a second; in turns of this size timers are late by about 2 ms.
const wakeLimit = 10_000;
const fewChildren = 64;

let nodes = 0;

export class PauseNode {
	/** Fires the platform's own abort; null for a signal that is not ours. */
	readonly controller: AbortController | null;
	/** Has no verbs of its own, so that others can follow its parents in its place. */
	readonly isComposite: boolean;
	readonly name: string | undefined;
	/** Is a foreign signal's, or below one. */
	readonly hasForeign: boolean;
	/** Grows with every node: a parent's is smaller than its children's. */
	readonly order: number = ++nodes;
	aborted = false;
	reason: unknown = undefined;
	holds: Set<HoldInfo> | null = null;
	pauseParents: Parents;
	abortParents: Parents;

	gate: SignalGate | null = null;
	waiters: WaiterList | null = null;
	parkedAt: PauseNode | null = null;
	parked: Set<PauseNode> | null = null;

	ref: WeakRef<PauseNode> | null = null;
	children: Map<WeakRef<PauseNode>, PauseNode | null> | null = null;
	sweepAt: number = fewChildren;
	needs = 0;

	watched: Set<PauseNode> | null = null;
	watches = 0;
	announced = false;
	newsUnderWay = 0;
	followers: Set<Follower> | null = null;
	audience: Audience | null = null;

	branches: Branches | null = null;
	firstWait = 0;
	lastWait = 0;
	resting = 0;
	/** How many flows of work are under way on the node. */
	flows = 1;
	/** The node of which one flow awaits all work here. */
	joins: PauseNode | null = null;
	/** Nobody awaits the work here: it runs beside. */
	isBackground = false;

	constructor(
		controller: AbortController | null,
		abortParents: Parents,
		pauseParents: Parents,
		isComposite: boolean,
		name?: string,
	) {
		this.controller = controller;
		this.abortParents = abortParents;
		this.pauseParents = pauseParents;
		this.isComposite = isComposite;
		this.name = name;
		this.hasForeign = controller === null || isBelowForeign(abortParents);
		if (abortParents !== null) link(this);
		if (pauseParents instanceof PauseNode) this.branches = pauseParents.branches;
		else if (pauseParents !== null) this.branches = Branches.among(pauseParents);
	}

	/** Told when the node gained or lost its last child or need: a foreign signal listens only then. */
	usageChanged(): void {}

	/** Told when somebody asks whether it is aborted: a foreign signal may know better. */
	look(): void {}
}

/** Whether a node is aborted. */
export function isAborted(node: PauseNode): boolean {
	// An earlier listener may have kept the event of a foreign signal from us, or runs before us.
	if (!node.aborted && node.hasForeign) lookAbove(node);
	return node.aborted;
}

function lookAbove(node: PauseNode): void {
	const reached = new Set([node]);
	for (const at of reached) {
		at.look();
		for (const parent of listOf(at.abortParents)) if (parent.hasForeign) reached.add(parent);
	}
}

function isBelowForeign(parents: Parents): boolean {
	if (parents === null || parents instanceof PauseNode) return parents?.hasForeign === true;
	return parents.some((parent) => parent.hasForeign);
}

// ---- Being paused

/** A node that keeps this one paused: itself or the first above it that has a hold. */
export function findBlocker(node: PauseNode): PauseNode | undefined {
	let at = node;
	while (at.holds === null) {
		const parents = at.pauseParents;
		if (parents === null) return undefined;
		if (!(parents instanceof PauseNode)) return findBlockerAmong(parents);
		at = parents;
	}
	return at;
}

function findBlockerAmong(parents: readonly PauseNode[]): PauseNode | undefined {
	// A set grows while it is walked, and visits a node once that is reached by several ways.
	const reached = new Set(parents);
	for (const node of reached) {
		if (node.holds !== null) return node;
		for (const parent of listOf(node.pauseParents)) reached.add(parent);
	}
	return undefined;
}

export function isPaused(node: PauseNode): boolean {
	return findBlocker(node) !== undefined;
}

// Holds of the library's own, which only delay the end of a pause: listed last, as they are not why.
const bars = new WeakSet<HoldInfo>();

/** All holds that keep the node paused: its own first, oldest first, then those above it. */
export function holdsOf(node: PauseNode): readonly HoldInfo[] {
	const reached = new Set([node]);
	const holds: HoldInfo[] = [];
	for (const at of reached) {
		if (at.holds !== null) holds.push(...at.holds);
		for (const parent of listOf(at.pauseParents)) reached.add(parent);
	}
	const isBar = (hold: HoldInfo): boolean => bars.has(hold);
	if (!holds.some(isBar)) return holds;
	return [...holds.filter((hold) => !isBar(hold)), ...holds.filter(isBar)];
}

export function createHold(reason: unknown): HoldInfo {
	return Object.freeze({reason, since: Date.now()});
}

/** A hold that is listed after all others. */
export function createBar(reason: unknown): HoldInfo {
	const bar = createHold(reason);
	bars.add(bar);
	return bar;
}

/**
 * Puts a hold on a node that is not aborted. Listeners run within: whoever owns the hold keeps it
 * before, so that they find it.
 */
export function addHold(node: PauseNode, hold: HoldInfo): void {
	if (node.holds === null) {
		node.holds = new Set([hold]);
		announce([node]);
	} else {
		node.holds.add(hold);
	}
}

export function removeHold(node: PauseNode, hold: HoldInfo): boolean {
	if (node.holds === null || !node.holds.delete(hold)) return false;
	if (node.holds.size === 0) {
		node.holds = null;
		announce([node]);
		scheduleWake(node);
	}
	return true;
}

// ---- Waiting

/** Puts a waiter to a paused node. It ends when the node goes on, is aborted, or by itself. */
export function park(node: PauseNode, waiter: Waiter): void {
	node.waiters ??= new WaiterList();
	if (node.waiters.size === 0) {
		need(node);
		standAt(node, findBlocker(node) ?? node);
	}
	node.waiters.add(waiter);
	rest(node);
}

/** To be called by a waiter of the node that has left it. */
export function left(node: PauseNode): void {
	unrest(node);
	if (node.waiters !== null && node.waiters.size > 0) return;
	standAt(node, null);
	unneed(node);
}

function standAt(node: PauseNode, blocker: PauseNode | null): void {
	node.parkedAt?.parked?.delete(node);
	node.parkedAt = blocker;
	if (blocker !== null) (blocker.parked ??= new Set()).add(node);
}

// Nodes whose parked ones are to be looked at again.
const waking = new Set<PauseNode>();
let isWakeScheduled = false;
const resolved = Promise.resolve();
// As it was at the start: fake timers must not keep the rest of many waiters from being woken.
const {setTimeout} = globalThis;

function scheduleWake(node: PauseNode): void {
	if (node.parked === null || node.parked.size === 0) return;
	waking.add(node);
	if (isWakeScheduled) return;
	isWakeScheduled = true;
	// A promise job and not queueMicrotask, which fake timers take over.
	void resolved.then(wake);
}

function wake(): void {
	isWakeScheduled = false;
	let budget = wakeLimit;
	for (const node of waking) {
		budget -= wakeParkedAt(node, budget);
		if (budget <= 0) {
			setTimeout(wake, 0);
			return;
		}
		waking.delete(node);
	}
}

// A node that was woken may have another blocker: then it waits there, and not to be woken.
function standAtBlockers(): void {
	for (const node of waking) {
		if (node.holds !== null || node.parked === null) continue;
		for (const parked of node.parked) standAt(parked, findBlocker(parked) ?? node);
	}
}

/** Looks again where a node and those below it wait: an ancestor has left the tree. */
function standAgain(origin: PauseNode): void {
	const reached = new Set([origin]);
	for (const node of reached) {
		if (node.waiters !== null && node.waiters.size > 0) {
			const blocker = findBlocker(node) ?? node;
			standAt(node, blocker);
			if (blocker.holds === null) scheduleWake(blocker);
		}
		for (const child of node.children?.values() ?? []) if (child !== null) reached.add(child);
		for (const child of node.watched ?? []) reached.add(child);
	}
}

function wakeParkedAt(node: PauseNode, limit: number): number {
	let woken = 0;
	if (node.holds !== null || node.parked === null) return woken;
	for (const parked of node.parked) {
		const blocker = findBlocker(parked);
		if (blocker !== undefined) standAt(parked, blocker);
		else woken += parked.waiters?.end('open', limit - woken) ?? 0;
		if (woken >= limit) break;
	}
	return woken;
}

/** Lets those through once that only this node's holds keep waiting, and says how many. */
export function letThrough(node: PauseNode): number {
	standAtBlockers();
	const {holds, parked} = node;
	if (holds === null || parked === null) return 0;
	let passed = 0;
	// No code of others runs while the holds are lifted: settling a promise only queues its jobs.
	node.holds = null;
	for (const waiting of parked) {
		if (!isPaused(waiting)) passed += waiting.waiters?.end('open') ?? 0;
	}
	node.holds = holds;
	return passed;
}

// ---- Branches of a task: where the work passes, and where it rests

let turn = 0;

/** Notes that work came by a checkpoint of this node. */
export function pass(node: PauseNode): void {
	if (node.branches === null) return;
	node.lastWait = ++turn;
	if (node.firstWait > 0) return;
	node.firstWait = turn;
	node.branches.add(node);
}

/** Makes a node a branch on which so many flows are known to be under way. */
export function beginFlows(node: PauseNode, flows: number, joins: PauseNode | null): void {
	if (node.branches === null) return;
	node.flows = flows;
	node.joins = joins;
	node.firstWait = ++turn;
	node.branches.enter(node);
}

/** One more flow is under way on a node whose flows are known. */
export function addFlow(node: PauseNode): void {
	node.flows++;
	node.branches?.changed();
}

/** One of the known flows has ended. */
export function endFlow(node: PauseNode): void {
	node.flows--;
	node.branches?.changed();
}

/** Notes that the work on this node stands still until it is resumed. */
export function rest(node: PauseNode): void {
	node.resting++;
	node.branches?.changed();
}

export function unrest(node: PauseNode): void {
	node.resting--;
	node.branches?.changed();
}

// ---- Aborting

export function abort(origin: PauseNode, cause: unknown): void {
	if (origin.aborted) return;
	const reason = cause === undefined ? new DOMException('This operation was aborted', 'AbortError') : cause;
	const fallen = [origin];
	mark(origin, reason);
	for (const node of fallen) {
		for (const ref of node.children?.keys() ?? []) {
			const child = ref.deref();
			if (child === undefined || child.aborted) continue;
			mark(child, reason);
			fallen.push(child);
		}
		node.children = null;
		node.usageChanged();
	}
	sortByAge(fallen);
	for (const node of fallen) tellAbort(node, reason);
	letGo(fallen);
}

// In order of creation: so parents come before children, whichever way they were reached.
function sortByAge(nodes: PauseNode[]): void {
	const isSorted = nodes.every((node, index) => (nodes[index - 1]?.order ?? 0) < node.order);
	if (!isSorted) nodes.sort((a, b) => a.order - b.order);
}

function mark(node: PauseNode, reason: unknown): void {
	unlink(node);
	node.aborted = true;
	node.reason = reason;
	node.holds = null;
	node.branches?.drop(node);
}

const nativeAbort = globalThis.AbortController.prototype.abort;

function tellAbort(node: PauseNode, reason: unknown): void {
	node.waiters?.end('aborted');
	const {followers} = node;
	node.followers = null;
	if (followers !== null) for (const follower of followers) follower.abort?.(reason);
	if (node.controller !== null) nativeAbort.call(node.controller, reason);
	node.audience?.close();
}

// Those who followed only the pauses of an aborted node are paused by it no longer.
function letGo(fallen: readonly PauseNode[]): void {
	const followers: PauseNode[] = [];
	for (const node of fallen) {
		for (const child of node.watched ?? []) followers.push(child);
		node.watched = null;
		scheduleWake(node);
	}
	for (const node of followers) standAgain(node);
	if (followers.length > 0) announce(followers);
}

// ---- Links between parents and children

function link(node: PauseNode): void {
	const parents = node.abortParents;
	if (parents instanceof PauseNode) adopt(parents, node);
	else for (const parent of listOf(parents)) adopt(parent, node);
}

function adopt(parent: PauseNode, child: PauseNode): void {
	parent.children ??= new Map();
	if (parent.children.size >= parent.sweepAt) sweep(parent);
	parent.children.set((child.ref ??= new WeakRef(child)), null);
	parent.usageChanged();
}

/** Forgets the children that were collected. Amortised O(1) for each child. */
export function sweep(parent: PauseNode): void {
	if (parent.children === null) return;
	for (const [ref, child] of parent.children) {
		if (child === null && ref.deref() === undefined) parent.children.delete(ref);
	}
	parent.sweepAt = Math.max(fewChildren, parent.children.size * 2);
	parent.usageChanged();
}

function unlink(node: PauseNode): void {
	for (const parent of listOf(node.abortParents)) {
		if (node.ref !== null) parent.children?.delete(node.ref);
		if (node.needs > 0) unneed(parent);
		parent.usageChanged();
	}
	if (node.watches > 0) {
		for (const parent of listOf(node.pauseParents)) {
			parent.watched?.delete(node);
			unwatch(parent);
		}
	}
	node.abortParents = null;
	node.pauseParents = null;
}

/**
 * Takes a node out of the tree whose work is over, unless something still waits or listens on it,
 * or somebody made a child of it that is alive.
 */
export function retire(node: PauseNode): void {
	node.branches?.drop(node);
	if (node.aborted || node.needs > 0 || node.watches > 0) return;
	sweep(node);
	if (node.children !== null && node.children.size > 0) return;
	unlink(node);
}

/** Takes a node out of the tree whose work is over, whatever still hangs on it: that follows nobody. */
export function detach(node: PauseNode): void {
	node.branches?.drop(node);
	if (node.aborted) return;
	unlink(node);
	standAgain(node);
	announce([node]);
}

/** One more reason to keep the node: its parents, and theirs, hold on to it from the first on. */
export function need(node: PauseNode): void {
	const reached = [node];
	for (const at of reached) {
		if (at.aborted || at.needs++ > 0) continue;
		for (const parent of listOf(at.abortParents)) {
			if (at.ref !== null) parent.children?.set(at.ref, at);
			reached.push(parent);
		}
		at.usageChanged();
	}
}

export function unneed(node: PauseNode): void {
	const reached = [node];
	for (const at of reached) {
		if (at.aborted || --at.needs > 0) continue;
		for (const parent of listOf(at.abortParents)) {
			if (at.ref !== null) parent.children?.set(at.ref, null);
			reached.push(parent);
		}
		at.usageChanged();
	}
}

// ---- Telling of pauses

export function watch(node: PauseNode): void {
	const reached = [node];
	for (const at of reached) {
		if (at.aborted || at.watches++ > 0) continue;
		beginAnnouncing(at);
		for (const parent of listOf(at.pauseParents)) {
			(parent.watched ??= new Set()).add(at);
			reached.push(parent);
		}
	}
}

export function unwatch(node: PauseNode): void {
	const reached = [node];
	for (const at of reached) {
		if (at.aborted || --at.watches > 0) continue;
		for (const parent of listOf(at.pauseParents)) {
			parent.watched?.delete(at);
			reached.push(parent);
		}
	}
}

// News of the node may be under way from when it was watched before: what is told goes on from there.
function beginAnnouncing(node: PauseNode): void {
	const paused = isPaused(node);
	if (node.newsUnderWay === 0) node.announced = paused;
	else if (node.announced !== paused) addNews(node, paused);
}

let news: {node: PauseNode; paused: boolean}[] = [];
let delivering = false;

function announce(origins: readonly PauseNode[]): void {
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
	for (const node of changed) addNews(node, node.announced);
	deliver();
}

function addNews(node: PauseNode, paused: boolean): void {
	node.announced = paused;
	if (node.followers === null && node.audience === null) return;
	node.newsUnderWay++;
	news.push({node, paused});
}

function deliver(): void {
	if (delivering) return;
	delivering = true;
	try {
		// The list grows while listeners change the state again.
		for (const {node, paused} of news) {
			node.newsUnderWay--;
			tellPause(node, paused);
		}
	} finally {
		news = [];
		delivering = false;
	}
}

function tellPause(node: PauseNode, paused: boolean): void {
	if (node.followers !== null) {
		for (const follower of [...node.followers]) {
			// Another one may have removed it, or aborted the node.
			if (node.followers?.has(follower) !== true) continue;
			if (paused) follower.pause?.();
			else follower.resume?.();
		}
	}
	if (!node.aborted) node.audience?.dispatch(paused ? 'pause' : 'resume');
}

// ---- Following

/** Adds a follower to a node that is not aborted; the function that is returned removes it. */
export function addFollower(node: PauseNode, follower: Follower): () => void {
	const watches = follower.pause !== undefined || follower.resume !== undefined;
	(node.followers ??= new Set()).add(follower);
	need(node);
	if (watches) watch(node);
	return () => {
		if (node.followers?.delete(follower) !== true) return;
		unneed(node);
		if (watches) unwatch(node);
	};
}
