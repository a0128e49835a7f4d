import {Stamp} from './stamp.ts';
import {sweep} from './links.ts';
import {announce, tellHolds} from './news.ts';
import {type HoldInfo, PauseNode} from './node.ts';
import {type CopySignal, isCopySignal} from './protocol.ts';
import {abort} from './tree.ts';
import {scheduleWake} from './waiting.ts';

const foreignNodes = new WeakMap<AbortSignal, ForeignNode>();

// Says when garbage was collected: dropped children leave no trace but that, and the listener on
// somebody else's signal must go with the last of them.
const collections = new FinalizationRegistry<WeakRef<ForeignNode>>((ref) => {
	const node = ref.deref();
	if (node === undefined) return;
	node.collected();
});

/**
 * Stands for a signal that is not ours: never paused, aborted when that one is.
 *
 * It has one `abort` listener on the signal while anything hangs on the node, and none otherwise.
 */
class ForeignNode extends PauseNode {
	readonly #signal: AbortSignal;
	#isListening = false;
	#isSweepAhead = false;

	constructor(signal: AbortSignal) {
		super(null, null, null, false);
		this.#signal = signal;
	}

	override usageChanged(): void {
		const isUsed = !this.aborted && (this.needs > 0 || (this.children?.size ?? 0) > 0);
		if (isUsed === this.#isListening) return;
		this.#isListening = isUsed;
		if (isUsed) {
			this.#signal.addEventListener('abort', this.#onAbort);
			this.#sweepAfterCollection();
		} else {
			this.#signal.removeEventListener('abort', this.#onAbort);
		}
	}

	// Anyone can dispatch an event; only the signal knows whether it is aborted.
	readonly #onAbort = (): void => this.look();

	override look(): void {
		if (this.#signal.aborted && !this.aborted) abort(this, this.#signal.reason);
	}

	collected(): void {
		this.#isSweepAhead = false;
		sweep(this);
		this.#sweepAfterCollection();
	}

	#sweepAfterCollection(): void {
		if (!this.#isListening || this.#isSweepAhead) return;
		this.#isSweepAhead = true;

		collections.register({}, (this.ref ??= new WeakRef<PauseNode>(this)) as WeakRef<ForeignNode>);
	}
}

/**
 * Stands for a signal of another copy of the package, and is paused when that one is.
 *
 * Its holds are read from the signal whenever somebody asks, so they are never out of date. Its
 * events are listened to while anything waits, listens or follows here: they only say when to look.
 */
class CopyNode extends ForeignNode {
	readonly #copy: CopySignal;
	#isFollowing = false;

	constructor(signal: CopySignal) {
		super(signal);
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
		if (isUsed === this.#isFollowing) return;
		this.#isFollowing = isUsed;
		for (const type of ['pause', 'resume']) {
			if (isUsed) this.#copy.addEventListener(type, this.#onChange);
			else this.#copy.removeEventListener(type, this.#onChange);
		}
	}

	readonly #onChange = (): void => {
		scheduleWake(this);
		announce([this]);
		tellHolds(this);
	};
}

/** The node of any signal: its own, or one that stands for a signal that is not ours. */
export function nodeOf(signal: AbortSignal): PauseNode {
	const own = Stamp.nodeOf(signal);
	if (own !== undefined) return own;
	let node = foreignNodes.get(signal);
	if (node === undefined) {
		node = isCopySignal(signal) ? new CopyNode(signal) : new ForeignNode(signal);
		foreignNodes.set(signal, node);
	}
	// Its own listeners may run before ours: what hangs on it must not be later than they are.
	node.look();
	return node;
}

/** Why a signal is aborted. Old polyfills do not tell: then it is one `AbortError` for each signal. */
export function reasonOf(signal: AbortSignal): unknown {
	const {reason} = signal;
	return reason === undefined ? nodeOf(signal).reason : reason;
}

/** Whether a signal can be paused: it is ours, or another copy's. */
export function isPausable(signal: AbortSignal): boolean {
	return nodeOf(signal).canPause;
}
