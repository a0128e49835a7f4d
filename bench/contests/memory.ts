import * as Effect from 'effect/Effect';
import * as Latch from 'effect/Latch';
import {CPromise} from 'c-promise2';
import PQueue from 'p-queue';
import {PausableController} from 'pausable-signal';
import type {Contest} from '../contest.ts';
import {weighed} from '../samples.ts';

const count = 20_000;
const few = 5_000;
const forever = (): Promise<never> => new Promise(() => {});
const ignore = (): void => {};

/** All that a waiter makes there be, its promise included. */
export function waiterBytes(): Contest {
	return {
		what: 'a waiter on a shared signal',
		unit: 'bytes',
		isHeavy: true,
		limit: 600,
		ours: weighed('wait', count, (n) => {
			const controller = new PausableController();
			controller.pause();
			for (let i = 0; i < n; i++) void controller.signal.gate.wait();
			return controller;
		}),
		peers: [
			weighed('a bare promise in a Set', count, (n) => {
				const waiters = new Set<unknown>();
				for (let i = 0; i < n; i++) void new Promise((resolve) => waiters.add(resolve));
				return waiters;
			}),
			weighed('AbortSignal: a promise and its listener', few, (n) => {
				const {signal} = new AbortController();
				for (let i = 0; i < n; i++)
					void new Promise((resolve) => signal.addEventListener('abort', resolve, {once: true}));
				return signal;
			}),
			weighed('Effect: a fiber at a Latch', count, (n) => {
				const latch = Latch.makeUnsafe(false);
				for (let i = 0; i < n; i++) Effect.runFork(latch.await);
				return latch;
			}),
		],
	};
}

/** A child that is held and does nothing, beside what the platform takes for one that hears aborts. */
export function idleChildBytes(): Contest {
	return {
		what: 'a child controller and its signal',
		unit: 'bytes',
		isHeavy: true,
		ours: weighed('child', few, (n) => {
			const parent = new PausableController();
			return [parent, Array.from({length: n}, () => new PausableController(parent))];
		}),
		peers: [
			{
				...weighed('AbortSignal.any([parent]), listened to', few, (n) => {
					const {signal} = new AbortController();
					const children = Array.from({length: n}, () => {
						const child = AbortSignal.any([signal]);
						child.addEventListener('abort', ignore);
						return child;
					});
					return [signal, children];
				}),
				ratioLimit: 1.1,
			},
		],
	};
}

export function childBytes(): Contest {
	return {
		what: 'a waiting child: controller, signal, waiter',
		unit: 'bytes',
		isHeavy: true,
		ours: weighed('child', count, (n) => {
			const parent = new PausableController();
			parent.pause();
			for (let i = 0; i < n; i++) void new PausableController(parent).signal.gate.wait();
			return parent;
		}),
		peers: [
			weighed('AbortController and signal, one listener', count, (n) =>
				Array.from({length: n}, () => {
					const controller = new AbortController();
					void new Promise((resolve) => controller.signal.addEventListener('abort', resolve));
					return controller;
				}),
			),
			weighed('c-promise2: a pending promise', few, (n) =>
				Array.from({length: n}, () => new CPromise(() => {})),
			),
			weighed('p-queue: a waiting job', count, (n) => {
				const queue = new PQueue({concurrency: 1});
				void queue.add(forever);
				for (let i = 0; i < n; i++) void queue.add(forever);
				return queue;
			}),
		],
	};
}
