import type {HoldInfo} from './node.ts';
import {NativeController} from './platform.ts';
import {adoptSignal, type PausableSignal} from './signal.ts';
import {SignalNode} from './signal-node.ts';
import {abortBy, replaceHolds} from './tree.ts';

/** A signal whose state comes from elsewhere, such as another thread. */
export interface Remote {
	readonly signal: PausableSignal;
	/** Sets the holds. It does nothing to an aborted signal. */
	setHolds(holds: readonly HoldInfo[]): void;
	abort(reason: unknown): void;
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
): Remote {
	const controller = new NativeController();
	const node = adoptSignal(controller, null, null, false, name, RemoteNode);
	node.look = look;
	if (turn !== undefined) node.turn = turn;
	return {
		signal: controller.signal as PausableSignal,
		setHolds(holds) {
			if (!node.aborted) replaceHolds(node, holds);
		},
		abort: (reason) => abortBy(controller, node, reason),
	};
}
