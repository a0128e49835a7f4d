/**
 * The pause tree: the state behind every signal, and its invariants.
 *
 * This file is data, and imports only lists. `create-node.ts` makes nodes, `tree.ts` changes their
 * state, with `links.ts` for the children, `pauses.ts` for the holds, `waiting.ts` for the waiters,
 * `news.ts` for followers and listeners, `driven.ts` for signals that something outside drives. The
 * other folders reach a node through `signal-node.ts`; `outside.ts` follows signals that are not ours.
 * `node-work.ts`, `work-group.ts` and `stillness.ts` know where work rests; a program that does not use
 * `gatherWork()` does not load them.
 *
 * One word, one meaning:
 *
 * - hold: a reason to be paused. A blocker is a node that has one, for itself and all below it.
 * - waiter: one call that waits. A node with waiters is parked, at the node that blocks it.
 * - needed: a waiter, follower or listener is here or below, so an abort has to arrive.
 * - watched: a follower or listener of pauses is here or below, so a pause has to arrive.
 * - follower: code of this library that hears of changes; a listener is code of users.
 * - driven: something outside the tree (a foreign signal, another thread) decides the state, so ask it.
 * - composite: has no verbs of its own, so other nodes follow its parents instead.
 * - flow: one course of work, such as an entry of `all()`. It rests while it waits for a resume.
 * - branch: a node on which flows are under way. A work group has the branches of one piece of work.
 * - pool: a branch that has the tasks of a queue or a map as flows, each on a node of its own.
 * - outsider: a signal that is not ours. A point is what waiting code sees of any signal.
 * - aborted, retired, detached: ended with a reason; ended and out of the tree unless needed; out of it.
 *
 * Invariants, which hold whenever code outside this folder runs:
 *
 * 1. A node is paused exactly when it, or a node above it along `pauseParents`, has a hold. Nothing
 *    is stored for the nodes below a hold, so pausing is O(1) and costs no memory.
 * 2. A node has waiters only while it is paused or its wake-up is under way. It then stands in the
 *    `parked` list of exactly one node, its `list`: one that blocks it, or that blocked it until
 *    the wake-up was scheduled. Resuming looks at that list alone. A wake-up that finds another
 *    blocker moves the node there: that is what makes waiting level-triggered.
 * 3. A parent's `children` has a link for each child that is alive and not aborted, in the order
 *    of creation. The link is weak, unless the child is needed: it, or a node below it, has a
 *    waiter, a follower or a listener (`needs` counts them). Work that the library ends itself is
 *    linked strongly for good. So an abort reaches everything that can still notice it, and a node
 *    that nobody needs can be collected.
 * 4. A parent's `watched` set (in its `news`) has each child that must hear of pauses: it, or a node
 *    below it, has a follower or listener for them (`watches` counts them). Pausing visits only these.
 * 5. For a watched node, `announced` is the last state that was put into the news. The two states
 *    alternate, and the news are delivered first in, first out: state first, events after.
 * 6. An aborted node has no parents, no holds, no waiters and no followers, and never gets any.
 *    A whole subtree is marked as aborted before the first abort event fires.
 */
import {type Linked, LinkedList} from './linked-list.ts';
import type {WaiterList} from './waiters.ts';

/** The nodes above a node: mostly one, which needs no array. */
export type Parents = PauseNode | readonly PauseNode[] | null;

const none: readonly PauseNode[] = [];

/** The driven nodes of a node that has none. */
export const undriven: readonly PauseNode[] = [];

export function isOne(parents: Parents): parents is PauseNode {
	return parents !== null && !('length' in parents);
}

export function listOf(parents: Parents): readonly PauseNode[] {
	if (parents === null) return none;
	return isOne(parents) ? [parents] : parents;
}

/** One hold on a signal: why it is paused, since when and until when (`Date.now()` milliseconds). */
export interface HoldInfo {
	readonly reason: unknown;
	readonly since: number;
	/** Absent if it does not end on its own. */
	readonly until?: number;
}

/**
 * Code of the other folders that follows a signal. It must not throw. `at` is the moment of the change,
 * the same for all followers: monotonic milliseconds.
 */
export interface Follower {
	pause?(at: number): void;
	resume?(at: number): void;
	abort?(reason: unknown): void;
	/** The holds may have changed, even in the middle of a pause; `pause` and `resume` are called as well. */
	holds?(): void;
}

/** What waiting code sees of any signal. Code that uses it often looks it up only once. */
export interface Point {
	readonly isPaused: boolean;
	/** Notes that work passed a checkpoint, and tells followers of an abort that they have not heard of yet. */
	noteCheckpoint(): void;
	/** Notes that work stands still here, until `endRest()`, which must be called once for each call. */
	beginRest(): void;
	endRest(): void;
	/**
	 * Follows the signal: one subscription for pause, resume and abort, O(1) to add and to remove, gone
	 * after the abort. Returns the function that ends it.
	 *
	 * A follower that is added during the delivery of events may hear of a change that it has already
	 * seen, so it must look at the signal and not count. On an aborted signal it hears nothing.
	 */
	follow(follower: Follower): () => void;
}

/**
 * One subscription of a follower. It drops its node when it ends: code that keeps the subscription to
 * end it (such as a finalization registry) must not keep the node's reason and its stack alive.
 */
export interface Following extends Linked<Following> {
	node: PauseNode | null;
	readonly follower: Follower;
}

/** The listeners of users on a signal, counted: audience.ts. */
export interface Listeners {
	readonly size: number;
	dispatch(type: 'pause' | 'resume'): void;
	/** The signal is aborted. */
	close(): void;
}

/** The audience of a node's changes. Made only if there is one, here or below. */
export class News {
	watched: Set<PauseNode> | null = null;
	watches = 0;
	announced = false;
	/** How many news are not delivered yet. */
	underWay = 0;
	followers: LinkedList<Following> | null = null;
	audience: Listeners | null = null;
}

/** The work on a node, if somebody asks whether it stands still: node-work.ts. */
export interface Work {
	/** The work of a new node below this one. */
	share(node: PauseNode): Work;
	/** The node is a composite or a time limit: its work counts on its parents. */
	countOnParents(): void;
	/** Work passed a checkpoint. */
	passed(): void;
	/** One flow of the work stands still from now on, or moves again. */
	rest(change: 1 | -1): void;
	/** Counts flows from now on, at first one. Without `startedOn` we guess where it was started. `pool`: whose task it is. */
	beginFlow(startedOn: PauseNode | null, pool?: PauseNode): void;
	/** The node is a pool from now on. */
	beginPool(): void;
	/** One more flow, or one less, awaits something of the pool. */
	awaitPool(change: 1 | -1): void;
	/** Since when a flow of the branch above awaits the counted ones; 0 if none does. */
	awaitFlows(since: number): void;
	/** Counts one more, while another is under way. */
	addFlow(): void;
	endFlow(): void;
	aborted(): void;
	/** The work here is over. */
	drop(): void;
}

/** A parent's link to a child: weak, unless the child is needed or the library ends its work. */
export class Link implements Linked<Link> {
	list: LinkedList<Link> | null = null;
	previous: Link | null = null;
	next: Link | null = null;
	readonly parent: PauseNode;
	/** Null if the parent keeps the child for as long as the link exists. */
	readonly ref: WeakRef<PauseNode> | null;
	/** The child, while it is needed. */
	child: PauseNode | null;

	constructor(parent: PauseNode, ref: WeakRef<PauseNode> | null, child: PauseNode | null) {
		this.parent = parent;
		this.ref = ref;
		this.child = child;
	}
}

/** The links to the children of a node. */
export class Children extends LinkedList<Link> {
	/** From this size on it is worth searching for collected children. */
	sweepAt = 0;
	sweptAt = 0;
}

let nodes = 0;

export class PauseNode implements Linked<PauseNode> {
	/** Null for a node that does not belong to a pausable signal of ours. */
	readonly signal: AbortSignal | null;
	/**
	 * Fires the platform's own abort. Null while only the user's controller can abort, so that the
	 * signal does not keep a dropped controller alive.
	 */
	controller: AbortController | null = null;
	/** It has no verbs of its own, so other nodes can follow its parents instead. */
	readonly isComposite: boolean;
	readonly name: string | undefined;
	/** The driven nodes among it and those above it: to be asked before anybody reads its state. */
	driven: readonly PauseNode[];
	/** Grows with every node: a parent's number is smaller than its children's. */
	readonly order: number = ++nodes;
	aborted = false;
	/** The platform's abort is under way: only the platform knows whether its own state is set. */
	isFiring = false;
	reason: unknown = undefined;
	holds: Set<HoldInfo> | null = null;
	pauseParents: Parents;
	abortParents: Parents;

	/** The value of `signal.gate`. */
	gate: object | null = null;
	waiters: WaiterList | null = null;
	/** Its place among the nodes parked at the same node. */
	list: LinkedList<PauseNode> | null = null;
	previous: PauseNode | null = null;
	next: PauseNode | null = null;
	parked: LinkedList<PauseNode> | null = null;

	ref: WeakRef<PauseNode> | null = null;
	/** The links to its parents: mostly one, which needs no array. */
	links: Link | readonly Link[] | null = null;
	children: Children | null = null;
	needs = 0;

	news: News | null = null;
	work: Work | null = null;

	/** Makes a node without links: `createNode()` links it to its parents. */
	constructor(
		signal: AbortSignal | null,
		abortParents: Parents,
		pauseParents: Parents,
		isComposite: boolean,
		name?: string,
	) {
		this.signal = signal;
		this.abortParents = abortParents;
		this.pauseParents = pauseParents;
		this.isComposite = isComposite;
		this.name = name;
		const above = drivenAbove(abortParents);
		this.driven = this.isDriven
			? [this]
			: pauseParents === abortParents
				? above
				: union(above, drivenAbove(pauseParents));
	}

	/** How many reasons there are to hear of its pauses. */
	get watches(): number {
		return this.news === null ? 0 : this.news.watches;
	}

	/** Whether its signal has pauses that others can follow. */
	get canPause(): boolean {
		return this.signal !== null;
	}

	/** Called at the first and after the last child, need or watch: a foreign signal listens only between. */
	usageChanged(): void {}

	/** Whether something outside the tree drives it, which {@link look} asks. It then has no parents. */
	get isDriven(): boolean {
		return this.signal === null;
	}

	/** Called when somebody asks for the state, because whatever drives the node may know a newer one. */
	look(): void {}

	/** Called at a wait on an open gate: returns a promise if news need a turn of the event loop to arrive. */
	turn(): Promise<void> | undefined {
		return undefined;
	}
}

/** The nodes of a chain share one list. */
function drivenAbove(parents: Parents): readonly PauseNode[] {
	if (isOne(parents)) return parents.driven;
	return listOf(parents)
		.map(({driven}) => driven)
		.reduce(union, undriven);
}

function union(one: readonly PauseNode[], other: readonly PauseNode[]): readonly PauseNode[] {
	if (one === undriven) return other;
	return other === undriven ? one : [...new Set([...one, ...other])];
}
