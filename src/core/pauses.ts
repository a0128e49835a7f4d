import {type HoldInfo, isOne, type PauseNode} from './node.ts';
import {pauseParentsOf, walk} from './walk.ts';

/** A node that keeps this one paused: itself or the first above it that has a hold. */
export function findBlocker(node: PauseNode): PauseNode | undefined {
	let at = node;
	while (at.holds === null) {
		const parents = at.pauseParents;
		if (parents === null) return undefined;
		if (!isOne(parents)) return findBlockerAmong(parents);
		at = parents;
	}
	return at;
}

function findBlockerAmong(parents: readonly PauseNode[]): PauseNode | undefined {
	for (const node of walk(parents, pauseParentsOf)) if (node.holds !== null) return node;
	return undefined;
}

export function isPaused(node: PauseNode): boolean {
	return findBlocker(node) !== undefined;
}

// The library's own holds, which only delay the end of a pause. They are not its reason, so they come last.
const delaying = new WeakSet<HoldInfo>();

/** All holds that keep the node paused: its own first, oldest first, then those above it. */
export function holdsOf(node: PauseNode): readonly HoldInfo[] {
	const holds = [...walk([node], pauseParentsOf)].flatMap((at) => [...(at.holds ?? [])]);
	const isDelaying = (hold: HoldInfo): boolean => delaying.has(hold);
	return [...holds.filter((hold) => !isDelaying(hold)), ...holds.filter(isDelaying)];
}

export function createHold(reason: unknown, until?: number): HoldInfo {
	const since = Date.now();
	return Object.freeze(until === undefined ? {reason, since} : {reason, since, until});
}

// In a map and not in the holds, because users see the holds.
const endings = new WeakMap<HoldInfo, (wasReleased: boolean) => void>();

/** Calls `end` once when the hold ends, by its release or otherwise, for example by an abort. */
export function whenHoldEnds(hold: HoldInfo, end: (wasReleased: boolean) => void): void {
	endings.set(hold, end);
}

/** To be called when a hold has ended. */
export function endHold(hold: HoldInfo, wasReleased: boolean): void {
	const end = endings.get(hold);
	if (end === undefined) return;
	endings.delete(hold);
	end(wasReleased);
}

/** Makes a hold that comes last in every list. */
export function createDelaying(reason: unknown): HoldInfo {
	const hold = createHold(reason);
	delaying.add(hold);
	return hold;
}
