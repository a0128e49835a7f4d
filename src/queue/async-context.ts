import {builtin} from '../core/index.ts';

interface AsyncHooks {
	AsyncResource: new (type: string) => {runInAsyncScope: Scope};
}

/** Runs a function in an async context that was captured before. */
export type Scope = <T>(fn: () => T) => T;

const hooks = builtin('node:async_hooks') as AsyncHooks | undefined;

/** The async context of this call, where the platform has such contexts. */
export function captureContext(): Scope | null {
	if (hooks === undefined) return null;
	const resource = new hooks.AsyncResource('PausableQueueTask');
	return (fn) => resource.runInAsyncScope(fn);
}
