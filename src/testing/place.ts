// Finds in a stack the line that a user wrote.

/** The folder of the library: of its sources, or of what was built from them. */
const ownFolder = folderAbove(lines(new Error('own').stack)[0] ?? '');

function lines(stack: string | undefined): string[] {
	return (stack ?? '').split('\n').filter((line) => /:\d+:\d+/.test(line));
}

// From `…/src/testing/place.ts:7:31` to `…/src/`; a bundle has no such folder, and hides nothing.
function folderAbove(frame: string): string | undefined {
	return /(?:\(|at |@)(?:async )?((?:file:\/\/)?\S*?)testing\/place\.[cm]?[jt]s/.exec(frame)?.[1];
}

// Of the host, and of what the program uses.
const foreign = /\b(?:node|ext):|[\\/]node_modules[\\/]/;

/** The first line of a stack that is the program's, as `file:line:column`. */
export function frameOfUser(stack: string | undefined): string | undefined {
	for (const frame of lines(stack)) {
		// What follows has called the sweep, and is no part of the program.
		if (/[\\/]testing[\\/]sweep/.test(frame) && isOwn(frame)) return undefined;
		if (!isOwn(frame) && !foreign.test(frame)) return locationIn(frame);
	}
	return undefined;
}

function locationIn(frame: string): string {
	return /\(([^()]+:\d+:\d+)\)/.exec(frame)?.[1] ?? frame.trim().replace(/^at (?:async )?/, '');
}

function isOwn(frame: string): boolean {
	return ownFolder !== undefined && ownFolder !== '' && frame.includes(ownFolder);
}
