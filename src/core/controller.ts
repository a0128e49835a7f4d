import {makeEnumerable} from './enumerable.ts';
import {nodeOf} from './foreign.ts';
import {type HoldOptions, PauseHold} from './hold.ts';
import {inspectAs} from './inspect.ts';
import {NativeController} from './platform.ts';
import {markPrototype} from './protocol.ts';
import {adoptSignal, PausableSignal} from './signal.ts';
import {parentsOf, pausableOnes} from './signal-parents.ts';
import type {HoldInfo, Parents} from './node.ts';
import type {SignalNode} from './signal-node.ts';
import {createHold} from './pauses.ts';
import {abortBy, addHold, removeHold} from './tree.ts';
import {letThrough} from './waiting.ts';
import {expectOptions, expectSignal, isAbortSignal, type NotASignal, wrongType} from './validate.ts';

/** Options of a {@link PausableController}. */
export interface PausableControllerOptions extends NotASignal {
	/**
	 * Its parent, or parents: it aborts when one of them does, and is paused while a pausable one is.
	 * A plain `AbortSignal` passes on only its abort.
	 */
	readonly signal?: AbortSignal | readonly AbortSignal[] | undefined;
	/** A name for its signal, for messages and displays. */
	readonly name?: string | undefined;
}

/**
 * An `AbortController` with a second axis: pause and resume.
 *
 * Use it where you would use an `AbortController`: pass its `signal` to the work, and pause, resume or
 * abort the work from outside. With `{signal}` it becomes a child: pauses and aborts of the parent
 * reach it, and nothing flows up.
 *
 * It is paused while it has at least one hold. `pause()` and `resume()` use one hold, the controller's
 * own; `hold()` adds another. An abort ends every pause and every wait, for good.
 *
 * @example
 * ```ts
 * import {PausableController} from 'pausable-signal';
 *
 * const parent = new PausableController();
 * const child = new PausableController({signal: parent.signal});
 * child.pause('backing off'); // => true
 * parent.pause('user asked'); // => true
 * child.signal.holds.map((hold) => hold.reason); // => ['backing off', 'user asked']
 * parent.resume(); // => true
 * child.signal.paused; // => true
 * parent.abort('enough');
 * child.signal.reason; // => 'enough'
 * ```
 */
export class PausableController extends NativeController {
	declare readonly signal: PausableSignal;
	readonly #node: SignalNode;
	#pause: HoldInfo | null = null;

	/** Makes a controller without a parent, or a child of `options.signal`. */
	constructor(options?: PausableControllerOptions) {
		super();
		let parents: Parents = null;
		let name: string | undefined;
		if (options !== undefined) {
			expectOptions('options', options);
			parents = expectParents(options.signal);
			name = expectName(options.name);
		}
		this.#node = adoptSignal(this, parents, pausableOnes(parents), false, name);
	}

	/**
	 * Pauses: closes the gate of the signal and of all signals below it, in O(1).
	 *
	 * Returns whether it changed anything: `false` if `pause()` has already paused it, or it is aborted.
	 */
	pause(reason?: unknown): boolean {
		if (this.#node.aborted || this.#pause !== null) return false;
		const hold = createHold(reason);
		this.#pause = hold;
		addHold(this.#node, hold);
		return true;
	}

	/**
	 * Undoes {@link pause}. The work continues once no other hold is left, here or above.
	 *
	 * Returns whether it changed anything: `false` if `pause()` has not paused it, or it is aborted.
	 */
	resume(): boolean {
		const hold = this.#pause;
		this.#pause = null;
		return hold !== null && removeHold(this.#node, hold);
	}

	/**
	 * Lets the present waiters pass one checkpoint, and stays paused: to run a loop turn by turn.
	 *
	 * It reaches exactly the waiters that `resume()` would wake. Returns whether there was one.
	 */
	step(): boolean {
		const {holds} = this.#node;
		const isAlone = this.#pause !== null && holds?.size === 1;
		return isAlone && letThrough(this.#node) > 0;
	}

	/**
	 * Pauses until the hold is released: no `resume()` ends it.
	 *
	 * It ends with `hold.release()`, `using`, or on its own with `{until}`, whose timer keeps the process
	 * alive. After an abort the hold is inert. Throws a `TypeError` or `RangeError` on a bad option.
	 */
	hold(reason?: unknown, options?: HoldOptions): PauseHold {
		return new PauseHold(this.#node, reason, options, true);
	}

	/** Aborts the signal and all below it, at once, paused or not. */
	override abort(reason?: unknown): void {
		abortBy(this, this.#node, reason);
	}

	/** Aborts. */
	[Symbol.dispose](): void {
		this.abort();
	}
}

makeEnumerable(PausableController.prototype);
markPrototype(PausableController.prototype);

// Because Node's own throws for a Proxy of a controller.
inspectAs('PausableController', PausableController.prototype, ({signal}) => ({signal}));

function expectParents(signal: unknown): Parents {
	if (signal === undefined) return null;
	if (isAbortSignal(signal)) {
		return signal === PausableSignal.none ? null : nodeOf(signal);
	}
	if (!Array.isArray(signal)) throw wrongType('signal', 'an AbortSignal or an array of them', signal);
	return parentsOf(signal.map((one, index) => nodeOf(expectSignal(`signal[${index}]`, one))));
}

function expectName(name: unknown): string | undefined {
	if (name !== undefined && typeof name !== 'string') throw wrongType('name', 'a string', name);
	return name;
}
