import {builtin} from '../core/index.ts';

/** A captured async context, which runs a function in it. */
export interface Scope {
	runInAsyncScope<T>(fn: () => T, self: unknown): T;
}

interface AsyncHooks {
	AsyncResource: new (type: string) => Scope;
}

const hooks = builtin('node:async_hooks') as AsyncHooks | undefined;

/** The async context of this call, where the platform has such contexts. */
export function captureContext(): Scope | null {
	return hooks === undefined ? null : new hooks.AsyncResource('PausableQueueTask');
}
