import {audienceAt, audienceOf, defineHandlers} from './audience.ts';
import {createNode} from './create-node.ts';
import {dress} from './dress.ts';
import {nodeOf} from './foreign.ts';
import {PauseOnlyNode} from './pause-only.ts';
import {NativeController, NativeSignal} from './platform.ts';
import {checkpointAt, SignalGate} from './signal-gate.ts';
import {ownNode, Stamp} from './stamp.ts';
import {Timer} from './timer.ts';
import {isAborted, isPausedNow, lookAbove} from './driven.ts';
import {type HoldInfo, listOf, type Parents, PauseNode} from './node.ts';
import {SignalNode} from './signal-node.ts';
import {expectSignals, inert, parentsOf, pausableOnes, pauseNodes, sourcesOf} from './signal-parents.ts';
import {holdsOf} from './pauses.ts';
import {abort, abortBy} from './tree.ts';
import {whenDropped} from './dropped.ts';
import {expectMilliseconds, expectOptions, expectSignal} from './validate.ts';

/** The events of a {@link PausableSignal}. */
export interface PausableSignalEventMap {
	abort: Event;
	pause: Event;
	resume: Event;
}

/** Options of {@link PausableSignal.any}. */
export interface AnyOptions {
	/** Follow the pauses of these signals only. Default: of all the pausable ones. */
	readonly pause?: PausableSignal | readonly PausableSignal[] | undefined;
}

/**
 * Makes the controller's native signal a pausable one, once, at its creation.
 *
 * The prototype gives it our methods; the stamp keeps our state, which survives if an engine drops and
 * recreates the wrapper of a native object.
 */
export function adoptSignal(
	controller: AbortController,
	abortParents: Parents,
	pauseParents: Parents,
	isComposite: boolean,
	name?: string,
	Node: typeof SignalNode = SignalNode,
	isKept = false,
): SignalNode {
	const {signal} = controller;
	const fallen = findAborted(abortParents);
	const [above, pausing] = fallen === undefined ? [abortParents, pauseParents] : [null, null];
	const node = createNode(signal, above, pausing, isComposite, name, Node, isKept);
	// In this order: V8 12 (Node 22) adds a private field six times slower after the swap.
	new Stamp(signal, node);
	Object.setPrototypeOf(signal, PausableSignal.prototype);
	if (fallen !== undefined) abortBy(controller, node, fallen.reason);
	else if (abortParents !== null) node.controller = controller;
	return node;
}

function findAborted(parents: Parents): PauseNode | undefined {
	if (parents === null || parents instanceof PauseNode)
		return parents?.aborted === true ? parents : undefined;
	return parents.find((parent) => parent.aborted);
}

/** Makes a signal that follows others and has no controller for users. */
function createComposite(
	abortParents: Parents,
	pauseParents: Parents,
	isComposite: boolean,
	Node: typeof SignalNode = SignalNode,
): PausableSignal {
	const controller = new NativeController();
	const node = adoptSignal(controller, abortParents, pauseParents, isComposite, undefined, Node);
	node.work?.countOnParents();
	return controller.signal as PausableSignal;
}

/**
 * An `AbortSignal` that can be paused.
 *
 * Get it from a `PausableController`, or from one of the statics here; you cannot construct it. Every
 * API that takes an `AbortSignal` takes it. A loop that should stop at a pause checks it at each turn,
 * in one of two ways: `while (await signal.gate.wait())` ends quietly on abort, and
 * `await signal.checkpoint()` rejects with the reason.
 *
 * The events `pause` and `resume` fire after the state has changed, parents before children.
 *
 * @example
 * ```ts
 * import {PausableController} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * const {signal} = controller;
 * const seen: number[] = [];
 * const loop = (async () => {
 * 	while (await signal.gate.wait()) seen.push(seen.length);
 * })();
 * controller.pause('lunch');
 * signal.paused; // => true
 * signal.pauseReason; // => 'lunch'
 * controller.abort();
 * await loop; // an abort ends the wait, paused or not
 * signal.paused; // => false
 * ```
 */
export class PausableSignal extends NativeSignal {
	/** Called on the event of that name. */
	declare onpause: ((this: PausableSignal, event: Event) => unknown) | null;
	/** Called on the event of that name. */
	declare onresume: ((this: PausableSignal, event: Event) => unknown) | null;

	// The platform's constructor throws; a protected one tells the type checker.
	protected constructor() {
		super();
	}

	/** Whether it is aborted. */
	override get aborted(): boolean {
		const node = Stamp.nodeOf(this);
		// Deno does not abort a signal that says it is already aborted.
		return node === undefined || node.isFiring ? super.aborted : isAborted(node);
	}

	/** The value passed to `abort()`, the same one; `undefined` before. */
	override get reason(): unknown {
		const node = Stamp.nodeOf(this);
		if (node === undefined) return super.reason;
		return isAborted(node) ? node.reason : undefined;
	}

	/** Throws the reason if it is aborted. */
	override throwIfAborted(): void {
		const node = ownNode(this);
		if (isAborted(node)) throw node.reason;
	}

	/** Whether it is paused: by a hold of its own or of any signal above it. Never once aborted. */
	get paused(): boolean {
		return isPausedNow(ownNode(this));
	}

	/** The reason of the first of its {@link holds}. */
	get pauseReason(): unknown {
		return this.holds[0]?.reason;
	}

	/** The holds that pause it: its own first, oldest first, then the inherited ones. */
	get holds(): readonly HoldInfo[] {
		const node = ownNode(this);
		lookAbove(node);
		return holdsOf(node);
	}

	/** The name of its controller. */
	get name(): string | undefined {
		return ownNode(this).name;
	}

	/** The gate that is closed while the signal is paused. */
	get gate(): SignalGate {
		const node = ownNode(this);
		return (node.gate ??= new SignalGate(node)) as SignalGate;
	}

	/**
	 * Waits while the signal is paused, and rejects with the reason once it is aborted.
	 *
	 * An abort loses nothing. Use it in code that reports an abort as a rejection, and `gate.wait()` in a
	 * loop that simply ends.
	 */
	checkpoint(): Promise<void> {
		return checkpointAt(ownNode(this));
	}

	/** Works as on every `EventTarget`. The events are `abort`, `pause` and `resume`. */
	override addEventListener<K extends keyof PausableSignalEventMap>(
		type: K,
		listener: (this: PausableSignal, event: PausableSignalEventMap[K]) => unknown,
		options?: boolean | AddEventListenerOptions,
	): void;
	override addEventListener(
		type: string,
		listener: EventListenerOrEventListenerObject | null,
		options?: boolean | AddEventListenerOptions,
	): void;
	override addEventListener(
		type: string,
		listener: EventListenerOrEventListenerObject | null,
		options?: boolean | AddEventListenerOptions,
	): void {
		// A signal without a node is the copy that Node 20 makes to send a signal to another thread.
		const node = Stamp.nodeOf(this);
		const listening =
			node === undefined ? {listener, options} : audienceAt(node).add(this, type, listener, options);
		if (listening !== undefined) super.addEventListener(type, listening.listener!, listening.options);
	}

	/** Works as on every `EventTarget`. */
	override removeEventListener<K extends keyof PausableSignalEventMap>(
		type: K,
		listener: (this: PausableSignal, event: PausableSignalEventMap[K]) => unknown,
		options?: boolean | EventListenerOptions,
	): void;
	override removeEventListener(
		type: string,
		listener: EventListenerOrEventListenerObject | null,
		options?: boolean | EventListenerOptions,
	): void;
	override removeEventListener(
		type: string,
		listener: EventListenerOrEventListenerObject | null,
		options?: boolean | EventListenerOptions,
	): void {
		const node = Stamp.nodeOf(this);
		const audience = node && audienceOf(node);
		const removed = audience?.remove(type, listener, options) ?? {listener, options};
		super.removeEventListener(type, removed.listener!, removed.options);
	}

	/**
	 * A signal that aborts when any of `signals` does, and that is paused while any pausable one of them
	 * is, or, with `options.pause`, while one of those is.
	 *
	 * Use it instead of `AbortSignal.any`; it leaves nothing on the signals that it follows.
	 */
	static override any(signals: Iterable<AbortSignal>, options?: AnyOptions): PausableSignal {
		const nodes = expectSignals('signals', signals).map(nodeOf);
		expectOptions('options', options, '{pause}');
		const pausing = options?.pause === undefined ? undefined : pauseNodes(options.pause);
		const fallen = nodes.find((node) => node.aborted);
		if (fallen !== undefined) return PausableSignal.abort(fallen.reason);
		const {aborting, pausable} = sourcesOf(nodes, pausing);
		const above = new Set(listOf(aborting));
		const followsAll = listOf(pausable).every((node) => above.has(node));
		return createComposite(aborting, pausable, true, followsAll ? SignalNode : PauseOnlyNode);
	}

	/** The signal itself if it is pausable, else a pausable one that aborts with it. */
	static from(signal: AbortSignal): PausableSignal {
		const node = nodeOf(expectSignal('signal', signal));
		return node.signal === null ? PausableSignal.any([signal]) : (signal as PausableSignal);
	}

	/** An aborted signal. */
	static override abort(reason?: unknown): PausableSignal {
		const controller = new NativeController();
		abortBy(controller, adoptSignal(controller, null, null, true), reason);
		return controller.signal as PausableSignal;
	}

	/**
	 * A signal that aborts with a `TimeoutError` after `ms` milliseconds.
	 *
	 * Like the platform's, it has no pause, and does not keep the process alive. For a time limit that
	 * stops with the work, use `deadline()`.
	 */
	static override timeout(ms: number): PausableSignal {
		expectMilliseconds('ms', ms);
		const {signal, abort} = createAbortable([], () => timer.cancel());
		const timer = new Timer(() => abort(timeoutError()), ms, false);
		return signal;
	}

	/** Never paused, never aborted: the default for an optional signal. */
	static get none(): PausableSignal {
		return noneNode.signal as PausableSignal;
	}
}

/** A signal together with the way to abort it, which keeps the signal weakly. */
export interface AbortableSource {
	readonly signal: PausableSignal;
	readonly abort: (reason: unknown) => void;
}

/**
 * Makes a signal for something that ends on its own, such as a time limit: a child of `parents` and of
 * its own source. While nobody listens or waits on it, only its users keep it. After its collection
 * `cleanUp` is called.
 */
export function createAbortable(parents: readonly AbortSignal[], cleanUp: () => void): AbortableSource {
	const source = new PauseNode(null, null, null, false);
	const above = parentsOf(parents.map(nodeOf));
	// It must not be a composite: any() must link to the signal, which keeps the clock running, and not
	// only to the source.
	const sources = parentsOf([...parents.map(nodeOf), source]);
	const signal = createComposite(sources, pausableOnes(above), false);
	whenDropped(nodeOf(signal), cleanUp);
	return {signal, abort: (reason): void => abort(source, reason)};
}

/** The error that a time limit aborts with. */
export function timeoutError(): DOMException {
	return new DOMException('The operation was aborted due to timeout', 'TimeoutError');
}

defineHandlers(PausableSignal.prototype);
dress(PausableSignal.prototype);

const noneNode: SignalNode = adoptSignal(new NativeController(), null, null, false);
inert.add(noneNode);
