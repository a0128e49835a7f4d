/**
 * The shared memory of a followed signal: one word that shows changes.
 *
 * Invariants:
 *
 * 1. Word 0 is `version << 2 | state`. Only the sender writes it, and only after posting the message
 *    about the change: a receiver that sees the word finds the message.
 * 2. Versions count modulo 2^29, so that a word is never negative; `isNewer()` compares them by
 *    difference.
 * 3. Where a blocked thread cannot take messages (browsers), word 1 is the length in bytes of the
 *    reason of an abort, and its text follows. The sender writes both before word 0.
 */
import {workerThreads} from './platform.ts';
import type {Wire} from './wire.ts';

export type State = 0 | 1 | 2;
export const open: State = 0;
export const paused: State = 1;
export const aborted: State = 2;

const span = 2 ** 29;

export function nextVersion(version: number): number {
	return (version + 1) % span;
}

/** Whether version `a` came after `b`. */
export function isNewer(a: number, b: number): boolean {
	const steps = (a - b + span) % span;
	return steps > 0 && steps < span / 2;
}

export function wordOf(version: number, state: State): number {
	return (version << 2) | state;
}

export function versionOf(word: number): number {
	return word >>> 2;
}

export function stateOf(word: number): State {
	return (word & 3) as State;
}

const textStart = 8;
const textLimit = 4096;

/** Returns null if no memory can be shared: in a page that is not cross-origin isolated. */
export function createMemory(): SharedArrayBuffer | null {
	if (typeof SharedArrayBuffer === 'undefined') return null;
	return new SharedArrayBuffer(workerThreads === undefined ? textStart + textLimit : 4);
}

/** Stores a new state, and wakes a blocked thread. */
export function storeWord(words: Int32Array, version: number, state: State): void {
	Atomics.store(words, 0, wordOf(version, state));
	Atomics.notify(words, 0);
}

/** Writes the reason of an abort where a blocked thread can read it, if there is room. */
export function writeReason(words: Int32Array, reason: Wire): void {
	if (words.length < 2) return;
	const text = new TextEncoder().encode(textOf(reason));
	const length = text.length <= textLimit ? text.length : 0;
	new Uint8Array(words.buffer, textStart).set(text.subarray(0, length));
	Atomics.store(words, 1, length);
}

function textOf(reason: Wire): string {
	try {
		return JSON.stringify(reason);
	} catch {
		// A reason without text, such as a bigint, counts as too long.
		return '';
	}
}

/** Reads the reason that {@link writeReason} wrote; undefined if it wrote none. */
export function readReason(words: Int32Array): Wire | undefined {
	const length = words.length < 2 ? 0 : Atomics.load(words, 1);
	if (length === 0) return undefined;
	// A copy, because browsers refuse to decode shared memory.
	const text = new Uint8Array(words.buffer, textStart, length).slice();
	return JSON.parse(new TextDecoder().decode(text)) as Wire;
}
