import type {SignalNode} from './signal-node.ts';

// A base class whose constructor returns its argument puts the #fields of the derived class on that
// object: the way to keep private state on a signal that only the platform can create.
const Identity = class {
	constructor(object: object) {
		return object;
	}
} as new (object: object) => object;

/** The private field that makes a native signal ours. */
export class Stamp extends Identity {
	readonly #node: SignalNode;

	constructor(signal: AbortSignal, node: SignalNode) {
		super(signal);
		this.#node = node;
	}

	static nodeOf(signal: object): SignalNode | undefined {
		return #node in signal ? signal.#node : undefined;
	}
}

/** The node of a signal of ours; a `TypeError` for anything else, as the platform's getters do. */
export function ownNode(signal: object): SignalNode {
	const node = Stamp.nodeOf(signal);
	if (node === undefined) throw new TypeError('Illegal invocation: not a PausableSignal');
	return node;
}
