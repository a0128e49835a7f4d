import {listOf} from './parents.ts';
import type {PauseNode} from './node.ts';
import {isPaused} from './pauses.ts';

// Branches that their users dropped without an abort stop counting once they are collected.
const collected = new FinalizationRegistry<{
	branches: WeakRef<Branches>;
	ref: WeakRef<PauseNode>;
}>(({branches, ref}) => branches.deref()?.forget(ref));

/**
 * The branches of one piece of work, to tell when all of it stands still.
 *
 * A branch is a node on which work is under way. Of some the library knows how many flows there are
 * (`flows`): a task has one, an `all()` as many as entries that have not settled. Any other signal
 * counts as one flow from its first wait until it is aborted, retired or collected.
 *
 * A branch stands still when as many of its flows do: each one that waits at a checkpoint or a
 * stopped clock, and each one that awaits an inner piece of work that stands still itself (`joins`).
 * What nobody told is guessed: a branch that was started below since the last wait, and that nobody
 * runs in the background, is what one of the flows awaits.
 */
export class Branches {
	readonly #node: PauseNode | null;
	readonly #outers: readonly Branches[];
	/** These, and all around. */
	readonly #chain: readonly Branches[];
	#self: WeakRef<Branches> | null = null;
	readonly #known = new Set<PauseNode>();
	#loose: Set<WeakRef<PauseNode>> | null = null;
	readonly #onChange: () => void;
	#isScheduled = false;
	#innerScheduled = 0;
	#waitsForInner = false;
	#wereParked = false;

	/** `node` is the one that the work is on; null for what only passes changes on. */
	constructor(node: PauseNode | null, outers: readonly Branches[], onChange: () => void) {
		this.#node = node;
		this.#outers = outers;
		this.#chain = outers.length === 0 ? [this] : [this, ...outers.flatMap((outer) => outer.#chain)];
		this.#onChange = onChange;
	}

	/** What a node belongs to that has several parents. */
	static among(parents: readonly PauseNode[]): Branches | null {
		const all = new Set(parents.flatMap((parent) => parent.branches ?? []));
		return all.size > 1 ? new Branches(null, [...all], () => {}) : ([...all][0] ?? null);
	}

	/** A node whose flows are known: until `drop()`. */
	enter(node: PauseNode): void {
		for (const at of this.#chain) at.#known.add(node);
		this.changed();
	}

	/** Any other node, at its first wait. */
	add(node: PauseNode): void {
		const ref = (node.ref ??= new WeakRef(node));
		for (const at of this.#chain) {
			(at.#loose ??= new Set()).add(ref);
			collected.register(node, {branches: (at.#self ??= new WeakRef(at)), ref}, node);
		}
		this.changed();
	}

	drop(node: PauseNode): void {
		if (node.firstWait === 0) return;
		let wasLoose = false;
		for (const at of this.#chain) {
			if (at.#known.delete(node)) at.#schedule();
			else if (node.ref !== null && at.forget(node.ref)) wasLoose = true;
		}
		if (wasLoose) collected.unregister(node);
	}

	/** Returns whether it was there. */
	forget(ref: WeakRef<PauseNode>): boolean {
		const wasThere = this.#loose?.delete(ref) === true;
		if (wasThere) this.#schedule();
		return wasThere;
	}

	/** To be called when a branch came to rest or moved on: the owner looks again, once a tick. */
	changed(): void {
		for (const at of this.#chain) at.#schedule();
	}

	#schedule(): void {
		// While nothing is paused nobody asks who stands still: that costs a task nothing.
		if (this.#isScheduled || !(this.#wereParked || this.#isPaused)) return;
		this.#isScheduled = true;
		for (const outer of this.#outers) outer.#innerScheduled++;
		void Promise.resolve().then(() => this.#tell());
	}

	// Inner ones first: what looks at an outer one finds them as they are.
	#tell(): void {
		if (this.#innerScheduled > 0) {
			this.#waitsForInner = true;
			return;
		}
		this.#isScheduled = this.#waitsForInner = false;
		this.#onChange();
		for (const outer of this.#outers)
			if (--outer.#innerScheduled === 0 && outer.#waitsForInner) outer.#tell();
	}

	/** The work has ended: what is left of it counts nowhere any more. */
	close(): void {
		for (const node of this.#all) this.drop(node);
	}

	get #all(): PauseNode[] {
		if (this.#loose === null) return [...this.#known];
		return [...this.#known, ...[...this.#loose].flatMap((ref) => ref.deref() ?? [])];
	}

	get #isPaused(): boolean {
		return this.#node === null || isPaused(this.#node);
	}

	/** Whether every branch stands still, and there is one. */
	get areParked(): boolean {
		const branches = this.#all;
		const stillness = new Stillness(branches);
		this.#wereParked = branches.length > 0 && branches.every((branch) => stillness.of(branch));
		return this.#wereParked;
	}
}

/** Which of the branches stand still, each looked at once. */
class Stillness {
	readonly #branches: readonly PauseNode[];
	readonly #joining = new Map<PauseNode, PauseNode[]>();
	readonly #known = new Map<PauseNode, boolean>();

	constructor(branches: readonly PauseNode[]) {
		this.#branches = branches;
		for (const branch of branches) {
			if (branch.joins === null) continue;
			const joining = this.#joining.get(branch.joins);
			if (joining === undefined) this.#joining.set(branch.joins, [branch]);
			else joining.push(branch);
		}
	}

	of(branch: PauseNode): boolean {
		let isStill = this.#known.get(branch);
		if (isStill === undefined) this.#known.set(branch, (isStill = this.#look(branch)));
		return isStill;
	}

	#look(branch: PauseNode): boolean {
		const inner = this.#joining.get(branch) ?? [];
		const still = branch.resting + inner.filter((joined) => this.of(joined)).length;
		return still >= branch.flows || still + this.#countAwaited(branch) >= branch.flows;
	}

	#countAwaited(branch: PauseNode): number {
		return this.#branches.filter(
			(other) =>
				other.joins === null &&
				!other.isBackground &&
				other.firstWait > branch.lastWait &&
				isBelow(other, branch),
		).length;
	}
}

function isBelow(node: PauseNode, ancestor: PauseNode): boolean {
	const reached = new Set(listOf(node.pauseParents));
	for (const at of reached) {
		if (at === ancestor) return true;
		for (const parent of listOf(at.pauseParents)) reached.add(parent);
	}
	return false;
}
