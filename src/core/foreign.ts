import {Stamp} from './stamp.ts';
import {sweep} from './links.ts';
import {PauseNode} from './node.ts';
import {abort} from './tree.ts';

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

/** The node of any signal: its own, or one that stands for a signal that is not ours. */
export function nodeOf(signal: AbortSignal): PauseNode {
	const own = Stamp.nodeOf(signal);
	if (own !== undefined) return own;
	let node = foreignNodes.get(signal);
	if (node === undefined) foreignNodes.set(signal, (node = new ForeignNode(signal)));
	// Its own listeners may run before ours: what hangs on it must not be later than they are.
	node.look();
	return node;
}
