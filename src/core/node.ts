/**
 * The pause tree: the state behind every signal, and its invariants.
 *
 * This file is data, and knows nothing but lists. `create-node.ts` makes nodes, `tree.ts` changes their
 * state, with `links.ts` for the children, `pauses.ts` for the holds, `waiting.ts` for the waiters,
 * `news.ts` for followers and listeners, `driven.ts` for what drives a signal from outside.
 * `signal-node.ts` is what the other rooms see of a node, and `outside.ts` follows signals that are not
 * ours. `node-work.ts`, `work-group.ts` and `stillness.ts` know where work rests; without a
 * `gatherWork()` nothing of them is loaded.
 *
 * One word, one meaning:
 *
 * - hold: a reason to be paused. A blocker is a node that has one, for itself and all below it.
 * - waiter: one call that waits. A node with waiters is parked, at the node that blocks it.
 * - needed: a waiter, follower or listener is here or below, so an abort has to arrive.
 * - watched: a follower or listener of pauses is here or below, so a pause has to arrive.
 * - follower: code of this library that hears of changes; a listener is code of users.
 * - driven: made by something outside the tree (a foreign signal, another thread), which is looked at.
 * - composite: has no verbs of its own. Others follow its parents instead.
 * - flow: one course of work, such as an entry of `all()`. It rests while it waits for a resume.
 * - branch: a node on which flows are under way. A work group has the branches of one piece of work.
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
 *    linked strongly for good. So an abort reaches whatever can still
 *    notice it, and what nobody needs can be collected.
 * 4. A parent's `watched` set (in its `news`) has each child that must hear of pauses: it, or a node below it, has
 *    a follower or listener for them (`watches` counts them). Pausing walks these and nothing else.
 * 5. For a watched node, `announced` is the last state that was put into the news. It changes in
 *    alternation, and the news are delivered first in, first out: state first, events after.
 * 6. An aborted node has no parents, no holds, no waiters and no followers, and never gets any.
 *    A whole subtree is marked as aborted before the first abort event fires.
 */
import {type Linked, LinkedList} from './linked-list.ts';
import type {WaiterList} from './waiters.ts';

/** The nodes above a node: mostly one, and then no array is made for it. */
export type Parents = PauseNode | readonly PauseNode[] | null;

const none: readonly PauseNode[] = [];

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
	/** Absent where it does not end on its own. */
	readonly until?: number;
}

/**
 * What the rooms above hear of a signal. A follower looks at the state; it must not throw. `at` is the
 * moment of the change, the same for all who hear of it: monotonic milliseconds.
 */
export interface Follower {
	pause?(at: number): void;
	resume?(at: number): void;
	abort?(reason: unknown): void;
	/** The holds may have changed, also while the pause lasts; `pause` and `resume` come besides. */
	holds?(): void;
}

/** What code that waits sees of any signal: looked up once, for those who look at it often. */
export interface Point {
	readonly isPaused: boolean;
	/** Notes that work passed a checkpoint. Followers that did not hear of an abort yet hear of it now. */
	noteCheckpoint(): void;
	/** Notes that work stands still here until `endRest()`, called once for each. */
	beginRest(): void;
	endRest(): void;
	/**
	 * Follows the signal: one subscription for pause, resume and abort, O(1) to add and to remove, gone
	 * after the abort. Returns what ends it.
	 *
	 * A follower that is added while events are being delivered may hear of a change that it has seen
	 * already: it looks at the signal instead of counting. On an aborted signal it hears nothing.
	 */
	follow(follower: Follower): () => void;
}

/**
 * One subscription of a follower. It has no node once it has ended: who keeps it to end it (such as
 * a registry of what is collected) must not keep the node's reason, and what the stack of that holds.
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
	/** How many news are on their way to those who hear of them. */
	underWay = 0;
	followers: LinkedList<Following> | null = null;
	audience: Listeners | null = null;
}

/** The work on a node, where somebody asks whether it stands still: node-work.ts. */
export interface Work {
	/** That of a new node below this one. */
	share(node: PauseNode): Work | null;
	/** The node is a composite or a time limit: what happens on it counts on its parents. */
	countOnParents(): void;
	/** Work passed a checkpoint. */
	passed(): void;
	/** One flow of the work stands still from now on, or moves again. */
	rest(change: 1 | -1): void;
	/** Flows are counted from now on. Without `startedOn`, where they were started is guessed. */
	beginFlows(flows: number, startedOn: PauseNode | null): void;
	/** Since when one flow of the branch above awaits the counted ones; 0: none does. */
	awaitFlows(since: number): void;
	addFlow(): void;
	endFlow(): void;
	aborted(): void;
	/** The work here is over. */
	drop(): void;
}

/** By this a parent knows a child: weakly, unless the child is needed, or the library ends its work. */
export class Link implements Linked<Link> {
	list: LinkedList<Link> | null = null;
	previous: Link | null = null;
	next: Link | null = null;
	readonly parent: PauseNode;
	/** Null where the parent keeps the child for as long as the link stands. */
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
	/** From this size on it is worth looking for collected ones. */
	sweepAt = 0;
	sweptAt = 0;
}

let nodes = 0;

export class PauseNode implements Linked<PauseNode> {
	/** Null for a node that is not a pausable signal's own. */
	readonly signal: AbortSignal | null;
	/**
	 * Fires the platform's own abort. Null while only the user of the controller could call for that,
	 * so that a signal keeps no controller that was dropped.
	 */
	controller: AbortController | null = null;
	/** Has no verbs of its own, so that others can follow its parents in its place. */
	readonly isComposite: boolean;
	readonly name: string | undefined;
	/** Is driven from outside the tree (a foreign signal, another thread), or below such a node. */
	readonly hasForeign: boolean;
	/** Grows with every node: a parent's is smaller than its children's. */
	readonly order: number = ++nodes;
	aborted = false;
	/** The platform's abort is under way: only the platform knows whether its own state is set. */
	isFiring = false;
	reason: unknown = undefined;
	holds: Set<HoldInfo> | null = null;
	pauseParents: Parents;
	abortParents: Parents;

	/** What `signal.gate` gives. */
	gate: object | null = null;
	waiters: WaiterList | null = null;
	/** Its place among those that are parked at the same node. */
	list: LinkedList<PauseNode> | null = null;
	previous: PauseNode | null = null;
	next: PauseNode | null = null;
	parked: LinkedList<PauseNode> | null = null;

	ref: WeakRef<PauseNode> | null = null;
	/** The links to its parents: mostly one, and then no array is made for it. */
	links: Link | readonly Link[] | null = null;
	children: Children | null = null;
	needs = 0;

	news: News | null = null;
	work: Work | null = null;

	/** A node that nobody knows yet: `createNode()` makes it known to its parents. */
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
		this.hasForeign =
			this.isDriven ||
			isBelowForeign(abortParents) ||
			(pauseParents !== abortParents && isBelowForeign(pauseParents));
	}

	/** How many reasons there are to hear of its pauses. */
	get watches(): number {
		return this.news === null ? 0 : this.news.watches;
	}

	/** Whether its signal has pauses that others can follow. */
	get canPause(): boolean {
		return this.signal !== null;
	}

	/** Told when the node gained or lost its last child, need or watch: a foreign signal listens only then. */
	usageChanged(): void {}

	/** Whether something outside the tree drives it, which {@link look} asks. */
	get isDriven(): boolean {
		return this.signal === null;
	}

	/** Called when somebody asks for the state: what drives the node may know better. */
	look(): void {}

	/** Called at a wait on an open gate: a promise where news can only come in a turn of the event loop. */
	turn(): Promise<void> | undefined {
		return undefined;
	}
}

function isBelowForeign(parents: Parents): boolean {
	if (isOne(parents)) return parents.hasForeign;
	return listOf(parents).some((parent) => parent.hasForeign);
}
