// We read the platform's classes only once, because an application may later set
// `globalThis.AbortController` to ours, and ours must not extend itself.
import {isMarked} from './protocol.ts';

// Before this copy loads, the application may have set them to the classes of another copy of the package.
function native<T extends {readonly prototype: object}>(found: T): T {
	return isMarked(found.prototype) ? native(Object.getPrototypeOf(found) as T) : found;
}

export const NativeController: typeof globalThis.AbortController = native(globalThis.AbortController);
export const NativeSignal: typeof globalThis.AbortSignal = native(globalThis.AbortSignal);
