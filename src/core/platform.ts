// The platform's classes, taken once: an application may set `globalThis.AbortController` to ours
// later, and ours must not be built on itself then.
import {isMarked} from './protocol.ts';

// The application may have set them to those of another copy of the package before this one loads.
function native<T extends {readonly prototype: object}>(found: T): T {
	return isMarked(found.prototype) ? native(Object.getPrototypeOf(found) as T) : found;
}

export const NativeController: typeof globalThis.AbortController = native(globalThis.AbortController);
export const NativeSignal: typeof globalThis.AbortSignal = native(globalThis.AbortSignal);
