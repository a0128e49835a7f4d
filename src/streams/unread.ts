import {wrongType} from '../core/index.ts';

/**
 * A `TypeError` for a stream that somebody reads or has read: what is left of it would look like all.
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

// Only a body's constructor tells it: the platform has no property for it.
function wasRead(stream: ReadableStream): boolean {
	if (stream.locked) return true;
	try {
		new Response(stream);
		return false;
	} catch {
		return true;
	}
}
