import {makeEnumerable} from './enumerable.ts';
import {inspectAs} from './inspect.ts';
import {NativeSignal} from './platform.ts';
import {markPrototype} from './protocol.ts';
import type {PausableSignal} from './signal.ts';

/** Makes the prototype of our signals look like the platform's, where libraries and consoles look. */
export function dress(prototype: PausableSignal): void {
	makeEnumerable(prototype);
	// A property of the prototype, so that libraries that tell a signal by the name of its constructor
	// (node-fetch 2, cross-fetch) take it for one.
	Object.defineProperty(prototype, 'constructor', {value: NativeSignal, writable: true, configurable: true});
	markPrototype(prototype);
	inspectAs('PausableSignal', prototype, ({name, aborted, reason, paused, holds}) => ({
		...(name === undefined ? {} : {name}),
		...(aborted ? {aborted, reason} : {aborted, paused}),
		...(paused ? {holds} : {}),
	}));
}
