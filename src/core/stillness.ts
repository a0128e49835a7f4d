import {type Branch, countedOf} from './branch.ts';
import {listOf, type Parents, type PauseNode} from './node.ts';
import {pauseParentsOf, walk} from './walk.ts';

/**
 * Tells whether all branches of one piece of work stand still; it looks at each branch once.
 *
 * 1. A branch stands still when all its flows do: a flow stands still if it rests, or if it awaits a
 *    branch below that stands still. A branch with no flow under way moves, because its result is on
 *    the way to the flow that awaits it; but a pool may be without tasks.
 * 2. Flows of an aborted branch can no longer rest there. Until they end they count on the branch
 *    above, where their cleanup may still rest, and replace the flow there that awaits them. If there
 *    is none above, they move.
 * 3. A pool has a flow for each task that runs. A task stands still when its own branch does, and moves
 *    if it has none, as it never read its signal.
 */
export class Stillness {
	readonly #nodes: ReadonlySet<PauseNode>;
	readonly #hasAbove = new Set<PauseNode>();
	readonly #below = new Map<PauseNode, PauseNode[]>();
	readonly #known = new Map<PauseNode, boolean>();

	constructor(nodes: ReadonlySet<PauseNode>) {
		this.#nodes = nodes;
		for (const node of nodes) {
			const {pool, startedOn} = branchOf(node);
			const isTask = pool !== null && nodes.has(pool);
			if (isTask) this.#place(node, pool);
			// The flow that awaits a task is not the pool's.
			if (!isTask || startedOn !== null) this.#place(node, nearest(startedOn ?? node.pauseParents, nodes));
		}
	}

	#place(node: PauseNode, above: PauseNode | undefined): void {
		if (above === undefined) return;
		this.#hasAbove.add(node);
		const beside = this.#below.get(above);
		if (beside === undefined) this.#below.set(above, [node]);
		else beside.push(node);
	}

	get isComplete(): boolean {
		for (const node of this.#nodes) if (!this.#isSettled(node)) return false;
		return this.#nodes.size > 0;
	}

	#isSettled(node: PauseNode): boolean {
		if (!node.aborted) return this.#isStill(node);
		return this.#hasAbove.has(node);
	}

	#isStill(node: PauseNode): boolean {
		let isStill = this.#known.get(node);
		if (isStill === undefined) this.#known.set(node, (isStill = this.#look(node)));
		return isStill;
	}

	#look(node: PauseNode): boolean {
		const branch = branchOf(node);
		const needed = this.#countNeeded(node);
		let still = branch.resting;
		for (const inner of this.#belowOf(node))
			if (!inner.aborted && branchOf(inner).isAwaitedBy(branch) && this.#isStill(inner))
				still += branchOf(inner).awaiting;
		return (needed > 0 || branch.isPool) && still >= needed;
	}

	#belowOf(node: PauseNode): readonly PauseNode[] {
		return this.#below.get(node) ?? [];
	}

	/** How many flows count on a branch: its own, and those of aborted ones below. */
	#countNeeded(node: PauseNode): number {
		const branch = branchOf(node);
		let needed = branch.flows;
		for (const inner of this.#belowOf(node)) {
			if (!inner.aborted) continue;
			const awaiting = branchOf(inner).isAwaitedBy(branch) ? 1 : 0;
			needed += Math.max(0, this.#countNeeded(inner) - awaiting);
		}
		return needed;
	}
}

function branchOf(node: PauseNode): Branch {
	return countedOf(node)?.branch as Branch;
}

/** The first branch on the way up that is no pool, as a pool awaits only its tasks; of several the youngest, because the others are mostly above it. */
function nearest(from: Parents, branches: ReadonlySet<PauseNode>): PauseNode | undefined {
	let found: PauseNode | undefined;
	const isFound = (node: PauseNode): boolean => branches.has(node) && !branchOf(node).isPool;
	const next = (node: PauseNode): readonly PauseNode[] => (isFound(node) ? [] : pauseParentsOf(node));
	for (const node of walk(listOf(from), next))
		if (isFound(node) && (found === undefined || node.order > found.order)) found = node;
	return found;
}
