import {countedOf} from './branch.ts';
import {atNextJob} from './next-job.ts';
import type {PauseNode} from './node.ts';
import {isPaused} from './pauses.ts';
import {Stillness} from './stillness.ts';

// Branches that their users dropped without an abort stop counting once they are collected.
const collected = /* @__PURE__ */ new FinalizationRegistry<{
	group: WeakRef<WorkGroup>;
	ref: WeakRef<PauseNode>;
}>(({group, ref}) => group.deref()?.forget(ref));

/**
 * The branches of one piece of work, to tell when all of it stands still.
 *
 * A branch is a node on which work is under way. Of some the library counts the flows: a task has
 * one, an `all()` as many as entries that have not settled. These are branches until their work has
 * ended. Any other signal counts as one flow from its first wait until it is aborted, retired or
 * collected.
 *
 * What a flow that does not rest awaits is known only of `all()` and the like. Otherwise it is
 * guessed: a child that was started below it since its last wait.
 */
export class WorkGroup {
	readonly #node: PauseNode | null;
	readonly #outers: readonly WorkGroup[];
	/** This one, and all around. */
	readonly #chain: readonly WorkGroup[];
	#self: WeakRef<WorkGroup> | null = null;
	readonly #counted = new Set<PauseNode>();
	#loose: Set<WeakRef<PauseNode>> | null = null;
	readonly #onChange: () => void;
	#isScheduled = false;
	#innerScheduled = 0;
	#waitsForInner = false;
	#wereParked = false;

	/** `node` is the one that the work is on; null for what only passes changes on. */
	constructor(node: PauseNode | null, outers: readonly WorkGroup[], onChange: () => void) {
		this.#node = node;
		this.#outers = outers;
		this.#chain = outers.length === 0 ? [this] : [this, ...outers.flatMap((outer) => outer.#chain)];
		this.#onChange = onChange;
	}

	/** Whether what counts here counts in that group, too. */
	isWithin(group: WorkGroup): boolean {
		return this.#chain.includes(group);
	}

	/** A node whose flows are counted: a branch until `drop()`. */
	enter(node: PauseNode): void {
		for (const at of this.#chain) at.#counted.add(node);
		this.changed();
	}

	/** Any other node, at its first wait. */
	add(node: PauseNode): void {
		const ref = (node.ref ??= new WeakRef(node));
		for (const at of this.#chain) {
			(at.#loose ??= new Set()).add(ref);
			collected.register(node, {group: (at.#self ??= new WeakRef(at)), ref}, node);
		}
		this.changed();
	}

	drop(node: PauseNode): void {
		if (!countedOf(node)?.branch) return;
		let wasLoose = false;
		for (const at of this.#chain) {
			if (at.#counted.delete(node)) at.#schedule();
			else if (node.ref !== null && at.forget(node.ref)) wasLoose = true;
		}
		if (wasLoose) collected.unregister(node);
	}

	/** A branch was aborted. Where the flows are counted, those that clean up still move. */
	aborted(node: PauseNode): void {
		if (countedOf(node)?.branch?.isCounted === true) this.changed();
		else this.drop(node);
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
		atNextJob(() => this.#tell());
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

	/**
	 * The work has ended: what is left of it counts nowhere any more, but for work that the library
	 * itself still waits for. That moves on around it.
	 */
	close(): void {
		for (const node of this.#counted) this.#end(node);
		for (const ref of this.#loose ?? []) {
			const node = ref.deref();
			if (node !== undefined) this.#end(node);
		}
	}

	#end(node: PauseNode): void {
		if (node === this.#node || countedOf(node)?.branch?.isCounted !== true) this.drop(node);
	}

	get #all(): Set<PauseNode> {
		const all = new Set(this.#counted);
		for (const ref of this.#loose ?? []) {
			const node = ref.deref();
			if (node !== undefined) all.add(node);
		}
		return all;
	}

	get #isPaused(): boolean {
		return this.#node === null || isPaused(this.#node);
	}

	/** Whether every branch stands still, and there is one. */
	get areParked(): boolean {
		this.#wereParked = new Stillness(this.#all).isComplete;
		return this.#wereParked;
	}
}
