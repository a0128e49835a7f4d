import type {HoldInfo} from './node.ts';
import {NativeController} from './platform.ts';
import {adoptSignal, type PausableSignal} from './signal.ts';
import {SignalNode} from './signal-node.ts';
import {ownNode} from './stamp.ts';
import {abort, abortBy, replaceHolds} from './tree.ts';

/** Passes on to a signal what was ordered elsewhere. */
export interface Remote {
	/** Sets the holds from elsewhere, all at once. It does nothing to an aborted signal. */
	setHolds(holds: readonly HoldInfo[]): void;
	abort(reason: unknown): void;
}

/** A signal whose state comes from elsewhere, such as another thread. */
export interface RemoteSignal extends Remote {
	readonly signal: PausableSignal;
}

class RemoteNode extends SignalNode {
	override get isDriven(): boolean {
		return true;
	}
}

/**
 * Makes a signal without parents that only the caller drives. `look` is called whenever somebody
 * asks for the state of the signal, or of one below it, to fetch news that have not arrived yet.
 * `turn` is called at waits on an open gate, if news arrive only while the event loop turns.
 */
export function createRemote(
	look: () => void,
	name?: string,
	turn?: () => Promise<void> | undefined,
): RemoteSignal {
	const controller = new NativeController();
	const node = adoptSignal(controller, null, null, false, name, RemoteNode);
	node.look = look;
	if (turn !== undefined) node.turn = turn;
	return {
		signal: controller.signal as PausableSignal,
		setHolds: setterOf(node),
		abort: (reason) => abortBy(controller, node, reason),
	};
}

/** Drives a signal that has a parent, besides what its parents and its own controller do. */
export function remoteOf(signal: PausableSignal): Remote {
	const node = ownNode(signal);
	return {setHolds: setterOf(node), abort: (reason) => abort(node, reason)};
}

function setterOf(node: SignalNode): Remote['setHolds'] {
	let before: readonly HoldInfo[] = [];
	return (holds) => {
		if (node.aborted || (before.length === 0 && holds.length === 0)) return;
		const known = before;
		// Listeners run during the call below, and may set the holds again.
		before = holds;
		replaceHolds(node, known, holds);
	};
}
