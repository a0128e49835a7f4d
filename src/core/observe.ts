// The view of signals for pausable-signal/testing.
import {nodeOf} from './foreign.ts';
import {outsiderOf} from './outside.ts';
import {neededChildrenOf, walk} from './walk.ts';

/** The number of things on a signal, by kind. */
export interface SignalLoad {
	readonly listeners: number;
	readonly waiters: number;
	readonly followers: number;
	readonly children: number;
}

/** Counts the things on a signal itself. A child counts if something waits or listens on it. */
export function leftOnNode(signal: AbortSignal): SignalLoad {
	const node = nodeOf(signal);
	const isOurs = node.signal !== null;
	if (node.aborted) return {listeners: 0, waiters: 0, followers: 0, children: 0};
	return {
		listeners: node.news?.audience?.size ?? 0,
		waiters: node.waiters?.size ?? 0,
		followers: (isOurs ? node.news?.followers?.size : outsiderOf(signal).followers.size) ?? 0,
		children: neededChildrenOf(node).length,
	};
}

/** The number of waits at a signal and below it. */
export function countWaiters(signal: AbortSignal): number {
	let count = 0;
	for (const {waiters} of walk([nodeOf(signal)], neededChildrenOf)) count += waiters?.size ?? 0;
	return count;
}
