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
	readonly #above = new Map<PauseNode, PauseNode | undefined>();
	readonly #below = new Map<PauseNode, PauseNode[]>();
	readonly #known = new Map<PauseNode, boolean>();

	constructor(nodes: ReadonlySet<PauseNode>) {
		this.#nodes = nodes;
		for (const node of nodes) {
			const above = aboveOf(node, nodes);
			this.#above.set(node, above);
			if (above === undefined) continue;
			const beside = this.#below.get(above);
			if (beside === undefined) this.#below.set(above, [node]);
			else beside.push(node);
		}
	}

	get isComplete(): boolean {
		for (const node of this.#nodes) if (!this.#isSettled(node)) return false;
		return this.#nodes.size > 0;
	}

	#isSettled(node: PauseNode): boolean {
		if (!node.aborted) return this.#isStill(node);
		return this.#above.get(node) !== undefined;
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
			if (!inner.aborted && branchOf(inner).isAwaitedBy(branch) && this.#isStill(inner)) still++;
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

/** The branch with the flow that awaits this one, or has it as a task. */
function aboveOf(node: PauseNode, branches: ReadonlySet<PauseNode>): PauseNode | undefined {
	const {pool, startedOn} = branchOf(node);
	if (pool !== null && branches.has(pool)) return pool;
	return nearest(startedOn ?? node.pauseParents, branches);
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
