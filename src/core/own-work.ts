import {nodeOf} from './foreign.ts';
import {isAbortSignal} from './validate.ts';
import {NativeController} from './platform.ts';
import {SignalNode} from './signal-node.ts';
import {parentsOf, pausableOnes} from './signal-parents.ts';
import {adoptSignal, type PausableSignal} from './signal.ts';
import {abortBy} from './tree.ts';

/** A signal for one piece of the library's own work. */
export interface OwnWork {
	readonly signal: PausableSignal;
	abort(reason: unknown): void;
}

/**
 * Makes a signal below others for work that the library ends itself, with `detach()` or an abort.
 *
 * Until then the signals above keep it. That costs less than a weak link, which any other child gets:
 * the engine keeps the target of a new WeakRef until the end of the job, so it would keep and copy
 * thousands of tasks that start in one job.
 */
export function createOwnWork(above: AbortSignal | readonly AbortSignal[], name?: string): OwnWork {
	const controller = new NativeController();
	const parents = isAbortSignal(above) ? nodeOf(above) : parentsOf(above.map(nodeOf));
	const node = adoptSignal(controller, parents, pausableOnes(parents), false, name, SignalNode, true);
	return {
		signal: controller.signal as PausableSignal,
		abort: (reason) => abortBy(controller, node, reason),
	};
}
