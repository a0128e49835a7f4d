import type {PauseNode} from './tree.ts';
import {listOf} from './tree.ts';

// Unaborted branches that were dropped by their users stop counting once they are collected.
const collected = new FinalizationRegistry<{branches: Branches; ref: WeakRef<PauseNode>}>(({branches, ref}) =>
	branches.forget(ref),
);

/**
 * The branches of one piece of work, to tell when all of it stands still.
 *
 * A signal counts as a branch from its first wait until it is aborted, retired or collected. It
 * stands still while something on it waits at a checkpoint or a stopped clock. A branch that does
 * not wait itself counts as standing still when a branch that was started below it since its last
 * wait does: then it is most likely awaiting that one, as a function awaits its `all()`.
 */
export class Branches {
	readonly outer: Branches | null;
	#refs: Set<WeakRef<PauseNode>> | null = null;
	readonly #onChange: () => void;
	#scheduled = false;

	constructor(outer: Branches | null, onChange: () => void) {
		this.outer = outer;
		this.#onChange = onChange;
	}

	add(node: PauseNode): void {
		const ref = (node.ref ??= new WeakRef(node));
		for (let at: Branches | null = this; at !== null; at = at.outer) {
			(at.#refs ??= new Set()).add(ref);
			collected.register(node, {branches: at, ref}, node);
		}
		this.changed();
	}

	drop(node: PauseNode): void {
		if (node.firstWait === 0 || node.ref === null) return;
		collected.unregister(node);
		for (let at: Branches | null = this; at !== null; at = at.outer) at.forget(node.ref);
	}

	forget(ref: WeakRef<PauseNode>): void {
		if (this.#refs?.delete(ref) === true) this.#schedule();
	}

	/** To be called when a branch came to rest or moved on: the owner looks again, once a tick. */
	changed(): void {
		for (let at: Branches | null = this; at !== null; at = at.outer) at.#schedule();
	}

	#schedule(): void {
		if (this.#scheduled) return;
		this.#scheduled = true;
		void Promise.resolve().then(() => {
			this.#scheduled = false;
			this.#onChange();
		});
	}

	/** The work has ended: what is left of it counts nowhere any more. */
	close(): void {
		if (this.#refs === null) return;
		for (const ref of [...this.#refs]) {
			for (let at: Branches | null = this; at !== null; at = at.outer) at.forget(ref);
		}
	}

	/** Whether every branch stands still, and there is one. */
	get areParked(): boolean {
		const branches = [...(this.#refs ?? [])].flatMap((ref) => ref.deref() ?? []);
		return (
			branches.length > 0 && branches.every((branch) => branch.resting > 0 || awaitsOne(branch, branches))
		);
	}
}

function awaitsOne(branch: PauseNode, branches: readonly PauseNode[]): boolean {
	return branches.some((other) => other.firstWait > branch.lastWait && isBelow(other, branch));
}

function isBelow(node: PauseNode, ancestor: PauseNode): boolean {
	const reached = new Set(listOf(node.pauseParents));
	for (const at of reached) {
		if (at === ancestor) return true;
		for (const parent of listOf(at.pauseParents)) reached.add(parent);
	}
	return false;
}
