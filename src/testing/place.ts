// Finds in a stack the line that a user wrote.

// As V8 writes a frame, with the function and without, and as the others do.
const frame = /^at [^(]*\((.+:\d+:\d+)\)$|^at (?:async )?([^(]+:\d+:\d+)$|^[^@]*@(.+:\d+:\d+)$/;

/** The locations of the frames of a stack, as `file:line:column`, the innermost first. */
function locations(stack: string | undefined): string[] {
	return (stack ?? '').split('\n').flatMap((line) => {
		const [, called, bare, other] = frame.exec(line.trim()) ?? [];
		return called ?? bare ?? other ?? [];
	});
}

/**
 * How the location of our own code begins: with the folder of the sources, or of what was built from them.
 * Elsewhere we are in a bundle, whose stacks name the bundle alone: then we give no line.
 */
function beginningOf(here: string): string {
	const folder = /^.*[\\/](?:src[\\/](?=testing[\\/]place\.)|dist[\\/](?=(?:esm|cjs)[\\/]))/;
	return folder.exec(here)?.[0] ?? here.replace(/\d+:\d+$/, '');
}

const own = beginningOf(locations(new Error('own').stack)[0] ?? '');
// Of the host, and of what the program uses.
const foreign = /^(?:node|ext|native):|[\\/]node_modules[\\/]/;

/** The first line of a stack that is the program's, as `file:line:column`. */
export function frameOfUser(stack: string | undefined): string | undefined {
	if (own === '') return undefined;
	return locations(stack).find((place) => !place.startsWith(own) && !foreign.test(place));
}
