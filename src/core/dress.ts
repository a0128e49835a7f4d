import {makeEnumerable} from './enumerable.ts';
import {inspectAs} from './inspect.ts';
import {NativeSignal} from './platform.ts';
import {markPrototype} from './protocol.ts';
import type {PausableSignal} from './signal.ts';

/** Makes the prototype of our signals look like the platform's to libraries and consoles. */
export function dress(prototype: PausableSignal): void {
	makeEnumerable(prototype);
	// On the prototype, because some libraries (node-fetch 2, cross-fetch) recognize a signal by the name
	// of its constructor.
	Object.defineProperty(prototype, 'constructor', {value: NativeSignal, writable: true, configurable: true});
	markPrototype(prototype);
	inspectAs('PausableSignal', prototype, ({name, aborted, reason, paused, holds}) => ({
		...(name === undefined ? {} : {name}),
		...(aborted ? {aborted, reason} : {aborted, paused}),
		...(paused ? {holds} : {}),
	}));
}
