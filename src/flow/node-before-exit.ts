/** The part of Node's `process` that is used here; Deno and Bun have it, too. */
interface ProcessLike {
	on?(event: 'beforeExit', listener: () => void): unknown;
	off?(event: 'beforeExit', listener: () => void): unknown;
}

const callbacks = new Set<() => void>();

// One listener for all callbacks: Node warns when there are many.
function callAll(): void {
	for (const callback of callbacks) callback();
}

/**
 * Calls back when the process has nothing left to do; the returned function cancels that. Without a
 * process, as in browsers, it never calls back.
 */
export function beforeExit(callback: () => void): () => void {
	const {process} = globalThis as {readonly process?: ProcessLike};
	if (callbacks.size === 0) process?.on?.('beforeExit', callAll);
	callbacks.add(callback);
	return () => {
		callbacks.delete(callback);
		if (callbacks.size === 0) process?.off?.('beforeExit', callAll);
	};
}
