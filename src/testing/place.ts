// Finds the line of the user's code in a stack.

// The forms of a frame: V8's, with and without the function, and that of the other engines.
const frame = /^at [^(]*\((.+:\d+:\d+)\)$|^at (?:async )?([^(]+:\d+:\d+)$|^[^@]*@(.+:\d+:\d+)$/;

/** The locations of the frames of a stack, as `file:line:column`, the innermost first. */
function locations(stack: string | undefined): string[] {
	return (stack ?? '').split('\n').flatMap((line) => {
		const [, called, bare, other] = frame.exec(line.trim()) ?? [];
		return called ?? bare ?? other ?? [];
	});
}

/**
 * The beginning of the locations of our own code: the folder of the sources, or of the build.
 * Anywhere else we are in a bundle, and its stacks name only the bundle: then we give no line.
 */
function beginningOf(here: string): string {
	const folder = /^.*[\\/](?:src[\\/](?=testing[\\/]place\.)|dist[\\/](?=(?:esm|cjs)[\\/]))/;
	return folder.exec(here)?.[0] ?? here.replace(/\d+:\d+$/, '');
}

const own = beginningOf(locations(new Error('own').stack)[0] ?? '');
// The code of the host, and of the packages that the program uses.
const foreign = /^(?:node|ext|native):|[\\/]node_modules[\\/]/;

/** The lines of a stack that are the program's, as `file:line:column`, the innermost first. */
export function framesOfUser(stack: string | undefined): string[] {
	if (own === '') return [];
	return locations(stack).filter((place) => !place.startsWith(own) && !foreign.test(place));
}

/** Whether a wait is that of a caller for the function that has just begun to wait. */
export function isOfCaller(wait: readonly string[], inner: readonly string[]): boolean {
	const callers = inner.slice(-wait.length);
	return wait.length < inner.length && wait.every((place, index) => lineOf(place) === lineOf(callers[index]));
}

function lineOf(place = ''): string {
	return place.replace(/:\d+$/, '');
}
