/**
 * The pause tree as it is described, recomputed from scratch at every look: nothing is kept but who
 * stands under whom, who holds what, who was aborted, and what listeners were told. It is slow, and
 * obviously right.
 */

export interface ModelNode {
	readonly id: number;
	readonly kind: 'controller' | 'any' | 'plain';
	readonly abortedWith: readonly ModelNode[];
	readonly pausedWith: readonly ModelNode[];
	/** Own holds, oldest first. */
	readonly holds: ModelHold[];
	aborted: boolean;
	reason: unknown;
	listens: boolean;
	/** What its listeners know: whether it is paused. */
	told: boolean;
}

export interface ModelHold {
	readonly reason: unknown;
	/** Whether it is the one of pause() and resume(). */
	readonly isVerb: boolean;
}

export type WaitEnd = 'through' | 'aborted' | 'timed out';

export interface ModelWait {
	readonly at: ModelNode;
	readonly until: number;
	end: WaitEnd | undefined;
	/** step() lets it through in this tick: an abort that comes later in it still counts. */
	isPassing: boolean;
}

/** An event that must come, and has not come yet. */
export interface News {
	readonly at: ModelNode;
	readonly type: 'pause' | 'resume' | 'abort';
	/** Which change it tells of: later ones come later. */
	readonly round: number;
}

/** The node and all above it that can pause it, nearest first, each once. */
export function pauseLine(node: ModelNode): ModelNode[] {
	const line = new Set(node.aborted ? [] : [node]);
	for (const at of line) for (const parent of at.pausedWith) if (!parent.aborted) line.add(parent);
	return [...line];
}

/** All that keep it paused: its own first, oldest first. */
export function holdsOf(node: ModelNode): ModelHold[] {
	return pauseLine(node).flatMap(({holds}) => holds);
}

export function isPaused(node: ModelNode): boolean {
	return holdsOf(node).length > 0;
}

/** Everything above it for pauses, dead or alive. */
function abovePaused(node: ModelNode): Set<ModelNode> {
	const line = new Set(node.pausedWith);
	for (const at of line) for (const parent of at.pausedWith) line.add(parent);
	return line;
}

/** What any() without `pause` follows in the place of its composites. */
export function sourcesOf(nodes: readonly ModelNode[], side: 'abortedWith' | 'pausedWith'): ModelNode[] {
	return [...new Set(nodes.flatMap((node) => (node.kind === 'any' ? node[side] : [node])))];
}

export class Model {
	readonly nodes: ModelNode[] = [];
	readonly waits: ModelWait[] = [];
	news: News[] = [];
	now = 0;
	readonly #fallen = new Map<number, ReadonlySet<ModelNode>>();
	#round = 0;

	/** A new one. Under an aborted parent it is born aborted: the first in the list counts. */
	add(
		kind: ModelNode['kind'],
		abortedWith: readonly ModelNode[],
		pausedWith: readonly ModelNode[],
	): ModelNode {
		const fallen = abortedWith.find(({aborted}) => aborted);
		const node: ModelNode = {
			id: this.nodes.length,
			kind,
			abortedWith,
			pausedWith,
			holds: [],
			aborted: fallen !== undefined,
			reason: fallen?.reason,
			listens: false,
			told: false,
		};
		this.nodes.push(node);
		return node;
	}

	listen(node: ModelNode): void {
		node.listens = true;
		node.told = isPaused(node);
	}

	hold(node: ModelNode, reason: unknown, isVerb: boolean): ModelHold | undefined {
		if (node.aborted) return undefined;
		const hold = {reason, isVerb};
		node.holds.push(hold);
		this.#tellPauses((other) => pauseLine(other).includes(node));
		return hold;
	}

	release(node: ModelNode, hold: ModelHold | undefined): boolean {
		const at = hold === undefined ? -1 : node.holds.indexOf(hold);
		if (at === -1) return false;
		node.holds.splice(at, 1);
		this.#tellPauses((other) => pauseLine(other).includes(node));
		return true;
	}

	verbHold(node: ModelNode): ModelHold | undefined {
		return node.holds.find(({isVerb}) => isVerb);
	}

	/** Lets those through that a resume() would let go on. */
	step(node: ModelNode): boolean {
		const {holds} = node;
		if (holds.length !== 1 || holds[0]?.isVerb !== true) return false;
		const passing = this.waits.filter(
			({at, end}) => end === undefined && isPaused(at) && holdsOf(at).every((hold) => hold === holds[0]),
		);
		for (const wait of passing) Object.assign(wait, {end: 'through', isPassing: true});
		return passing.length > 0;
	}

	/**
	 * Aborts it and everything below. Those who followed the pauses of one of these hear of it after
	 * the last abort event.
	 */
	abort(origin: ModelNode, reason: unknown): void {
		if (origin.aborted) return;
		const fallen = new Set([origin]);
		for (const at of fallen) {
			for (const node of this.nodes) if (!node.aborted && node.abortedWith.includes(at)) fallen.add(node);
		}
		this.#round++;
		this.news = this.news.filter(({at}) => !fallen.has(at));
		for (const node of fallen) {
			node.holds.length = 0;
			Object.assign(node, {aborted: true, reason, told: false});
			if (node.listens) this.news.push({at: node, type: 'abort', round: this.#round});
		}
		for (const wait of this.waits) {
			if (!fallen.has(wait.at)) continue;
			if (wait.isPassing) wait.end = 'aborted';
			wait.end ??= 'aborted';
		}
		this.#fallen.set(this.#round, fallen);
		this.#endAbort(this.#round);
	}

	#endAbort(round: number): void {
		const fallen = this.#fallen.get(round);
		if (fallen === undefined || this.news.some((news) => news.type === 'abort' && news.round === round))
			return;
		this.#tellPauses((node) => [...abovePaused(node)].some((at) => fallen.has(at)));
	}

	#tellPauses(isConcerned: (node: ModelNode) => boolean): void {
		this.#round++;
		for (const node of this.nodes) {
			const paused = isPaused(node);
			if (!node.listens || node.aborted || paused === node.told || !isConcerned(node)) continue;
			node.told = paused;
			this.news.push({at: node, type: paused ? 'pause' : 'resume', round: this.#round});
		}
	}

	/** What is wrong with that event coming now, if anything is. */
	hear(at: ModelNode, type: string): string | undefined {
		const due = this.news.find((news) => news.at === at);
		if (due?.type !== type) return `expected ${due?.type ?? 'nothing'}`;
		// An abort is told at once, whatever else is under way.
		const rest = this.news.filter((news) => news !== due && (news.type === 'abort') === (type === 'abort'));
		const earlier = rest.find(({round}) => round < due.round);
		if (earlier !== undefined && type !== 'abort') return `before the ${earlier.type} of ${earlier.at.id}`;
		const older = rest.find((news) => news.round === due.round && news.at.id < at.id);
		return older === undefined ? undefined : `before that of ${older.at.id}, which is older`;
	}

	/** That event has come, and its listeners have run. */
	heard(at: ModelNode, type: string): void {
		const index = this.news.findIndex((news) => news.at === at && news.type === type);
		const [due] = this.news.splice(index, 1);
		if (due?.type === 'abort') this.#endAbort(due.round);
	}

	wait(at: ModelNode, timeout: number): ModelWait {
		const wait: ModelWait = {at, until: this.now + timeout, end: undefined, isPassing: false};
		if (at.aborted) wait.end = 'aborted';
		else if (!isPaused(at)) wait.end = 'through';
		this.waits.push(wait);
		return wait;
	}

	/** All promise jobs have run: whoever is paused no longer has gone on. */
	settle(): void {
		for (const wait of this.waits) {
			wait.isPassing = false;
			if (!isPaused(wait.at)) wait.end ??= 'through';
		}
	}

	advance(ms: number): void {
		this.now += ms;
		for (const wait of this.waits) if (wait.until <= this.now) wait.end ??= 'timed out';
	}
}
