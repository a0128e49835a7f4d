import {sweep} from './links.ts';
import {type HoldInfo, PauseNode} from './node.ts';
import {type Outsider, outsiderOf, reasonOf} from './outside.ts';
import {outsidePointOf} from './point.ts';
import {type CopySignal, isCopySignal} from './protocol.ts';
import {Stamp} from './stamp.ts';
import {abort, holdsChanged} from './tree.ts';

// Reports garbage collections, the only trace that dropped children leave: with the last of them we
// must remove our listener from somebody else's signal.
const collections = /* @__PURE__ */ new FinalizationRegistry<WeakRef<ForeignNode>>((ref) => {
	const node = ref.deref();
	if (node === undefined) return;
	node.collected();
});

/** Stands for a signal that is not ours: never paused, aborted when that one is. */
class ForeignNode extends PauseNode {
	readonly #outsider: Outsider;
	/** Whether it has a child that is not aborted. */
	isUsed = false;
	#isSweepAhead = false;

	constructor(outsider: Outsider) {
		super(null, null, null, false);
		this.#outsider = outsider;
		outsider.node = this;
	}

	override usageChanged(): void {
		this.isUsed = !this.aborted && (this.children?.size ?? 0) > 0;
		this.#outsider.listen();
		this.#sweepAfterCollection();
	}

	override look(): void {
		// It calls its followers, and this node first.
		this.#outsider.look();
		const {signal} = this.#outsider;
		if (signal.aborted && !this.aborted) abort(this, reasonOf(signal));
	}

	collected(): void {
		this.#isSweepAhead = false;
		sweep(this);
		this.#sweepAfterCollection();
	}

	#sweepAfterCollection(): void {
		if (!this.isUsed || this.#isSweepAhead) return;
		this.#isSweepAhead = true;
		collections.register({}, (this.ref ??= new WeakRef<PauseNode>(this)) as WeakRef<ForeignNode>);
	}
}

/** Stands for a signal of another copy of the package, and is paused when that one is. */
class CopyNode extends ForeignNode {
	readonly #copy: CopySignal;
	#unfollowPauses: (() => void) | null = null;

	constructor(outsider: Outsider, signal: CopySignal) {
		super(outsider);
		this.#copy = signal;
		Object.defineProperty(this, 'holds', {get: () => this.#holds(), set() {}});
	}

	#holds(): Set<HoldInfo> | null {
		return this.#copy.paused ? new Set(this.#copy.holds) : null;
	}

	override get canPause(): boolean {
		return true;
	}

	override usageChanged(): void {
		super.usageChanged();
		const isUsed = !this.aborted && (this.needs > 0 || this.watches > 0);
		if (isUsed) {
			this.#unfollowPauses ??= outsidePointOf(this.#copy).follow({holds: () => holdsChanged(this)});
		} else {
			this.#unfollowPauses?.();
			this.#unfollowPauses = null;
		}
	}
}

function foreignNodeOf(signal: AbortSignal): PauseNode {
	const outsider = outsiderOf(signal);
	if (outsider.node instanceof ForeignNode) return outsider.node;
	return isCopySignal(signal) ? new CopyNode(outsider, signal) : new ForeignNode(outsider);
}

/** The node of any signal: its own, or one that stands for a signal that is not ours. */
export function nodeOf(signal: AbortSignal): PauseNode {
	const own = Stamp.nodeOf(signal);
	if (own !== undefined) return own;
	const node = foreignNodeOf(signal);
	// Its own listeners may run before ours, and must not see our signals in an older state.
	node.look();
	return node;
}
