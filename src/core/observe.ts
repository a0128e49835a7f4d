// What pausable-signal/testing sees of signals.
import {nodeOf} from './foreign.ts';
import type {PauseNode} from './node.ts';

/** What is on a signal, by kind. */
export interface SignalLoad {
	readonly listeners: number;
	readonly waiters: number;
	readonly followers: number;
	readonly children: number;
}

/** Counts what is on a signal itself. Children count that something waits or listens on. */
export function leftOnNode(signal: AbortSignal): SignalLoad {
	const node = nodeOf(signal);
	if (node.aborted) return {listeners: 0, waiters: 0, followers: 0, children: 0};
	return {
		listeners: node.audience?.size ?? 0,
		waiters: node.waiters?.size ?? 0,
		followers: node.followers?.size ?? 0,
		children: [...(node.children ?? [])].filter(({child}) => child !== null).length,
	};
}

/** How many waits there are at a signal and below it. */
export function countWaiters(signal: AbortSignal): number {
	const reached = new Set<PauseNode>([nodeOf(signal)]);
	let count = 0;
	for (const node of reached) {
		count += node.waiters?.size ?? 0;
		for (const {child} of node.children ?? []) if (child !== null) reached.add(child);
	}
	return count;
}
