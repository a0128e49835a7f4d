import {wrongType} from '../core/index.ts';

/**
 * Throws a `TypeError` for a stream that somebody reads or has read: its rest would look like the whole.
 */
export function expectUnread(source: unknown): void {
	if (typeof source !== 'object' || source === null) return;
	if (source instanceof ReadableStream) {
		if (wasRead(source))
			throw wrongType('source', 'a ReadableStream that is not locked and was not read', source);
	} else if ('destroy' in source && 'destroyed' in source && 'readableEnded' in source) {
		if (source.destroyed === true || source.readableEnded === true)
			throw wrongType('source', 'a Readable that has not ended', source);
	}
}

// Only the constructor of a body shows it: the platform has no property for it.
function wasRead(stream: ReadableStream): boolean {
	if (stream.locked) return true;
	try {
		new Response(stream);
		return false;
	} catch {
		return true;
	}
}
