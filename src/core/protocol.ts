// The protocol between copies of the package. docs/design.md describes it, and the promises of a version.
import type {HoldInfo} from './node.ts';

/** What a copy of the package reads of another copy's signal. */
export interface CopySignal extends AbortSignal {
	readonly paused: boolean;
	readonly holds: readonly HoldInfo[];
}

const mark = Symbol.for('pausable-signal.protocol');
const version = 1;

/** Marks our classes for other copies. */
export function markPrototype(prototype: object): void {
	Object.defineProperty(prototype, mark, {value: version});
}

export function isMarked(value: object): boolean {
	return mark in value;
}

/** Whether a signal that is not ours is another copy's, with a protocol that we know. */
export function isCopySignal(signal: AbortSignal): signal is CopySignal {
	return (signal as {readonly [mark]?: unknown})[mark] === version;
}
