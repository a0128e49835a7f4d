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
 * A branch is a node on which work is under way. For some branches the library counts the flows: a task
 * has one, and an `all()` has one for each entry that has not settled. These are branches until their
 * work has ended. Any other signal counts as one flow from its first wait until it is aborted, retired
 * or collected.
 *
 * Only for `all()` and the like do we know what a flow awaits while it does not rest. For any other
 * flow we guess: it awaits a child that was started below it since its last wait.
 */
export class WorkGroup {
	readonly #node: PauseNode | null;
	readonly #outers: readonly WorkGroup[];
	/** This group, and all groups around it. */
	readonly #chain: readonly WorkGroup[];
	#self: WeakRef<WorkGroup> | null = null;
	readonly #counted = new Set<PauseNode>();
	#loose: Set<WeakRef<PauseNode>> | null = null;
	readonly #onChange: () => void;
	#isScheduled = false;
	#innerScheduled = 0;
	#waitsForInner = false;
	#wereParked = false;

	/** `node` is the node of the work; null for a group that only passes changes on. */
	constructor(node: PauseNode | null, outers: readonly WorkGroup[], onChange: () => void) {
		this.#node = node;
		this.#outers = outers;
		this.#chain = [this, ...outers.flatMap((outer) => outer.#chain)];
		this.#onChange = onChange;
	}

	/** Whether work that counts here also counts in that group. */
	isWithin(group: WorkGroup): boolean {
		return this.#chain.includes(group);
	}

	/** Adds a node whose flows are counted; it is a branch until `drop()`. */
	enter(node: PauseNode): void {
		for (const at of this.#chain) at.#counted.add(node);
		this.changed();
	}

	/** Adds any other node, at its first wait. */
	add(node: PauseNode): void {
		const ref = (node.ref ??= new WeakRef(node));
		for (const at of this.#chain) {
			(at.#loose ??= new Set()).add(ref);
			collected.register(node, {group: (at.#self ??= new WeakRef(at)), ref}, node);
		}
		this.changed();
	}

	drop(node: PauseNode): void {
		for (const at of this.#chain) {
			if (at.#counted.delete(node)) at.#schedule();
			else if (node.ref !== null) at.forget(node.ref);
		}
		if (node.ref !== null) collected.unregister(node);
	}

	forget(ref: WeakRef<PauseNode>): void {
		if (this.#loose?.delete(ref) === true) this.#schedule();
	}

	/** To be called when a branch comes to rest or moves again: the owner then looks again, once a tick. */
	changed(): void {
		for (const at of this.#chain) at.#schedule();
	}

	#schedule(): void {
		// While nothing is paused nobody asks what stands still, so a task pays nothing for this.
		if (this.#isScheduled || !(this.#wereParked || this.#isPaused)) return;
		this.#isScheduled = true;
		for (const outer of this.#outers) outer.#innerScheduled++;
		atNextJob(() => this.#tell());
	}

	// Inner groups first, so that the owner of an outer group finds them up to date.
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
	 * The work has ended: what is left of it no longer counts anywhere, except work that the library
	 * itself still waits for. That work moves to the groups around this one.
	 */
	close(): void {
		if (this.#node !== null) this.drop(this.#node);
		for (const node of this.#looseNodes) this.drop(node);
	}

	get #looseNodes(): PauseNode[] {
		return [...(this.#loose ?? [])].flatMap((ref) => ref.deref() ?? []);
	}

	get #isPaused(): boolean {
		return this.#node === null || isPaused(this.#node);
	}

	/** Whether there is a branch, and every branch stands still. */
	get areParked(): boolean {
		this.#wereParked = new Stillness(new Set([...this.#counted, ...this.#looseNodes])).isComplete;
		return this.#wereParked;
	}
}
