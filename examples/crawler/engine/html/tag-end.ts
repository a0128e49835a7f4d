const [tab, lineFeed, formFeed, carriageReturn, space] = [0x09, 0x0a, 0x0c, 0x0d, 0x20];
const [doubleQuote, singleQuote, slash, equals, greater] = [0x22, 0x27, 0x2f, 0x3d, 0x3e];

// Where it is between two characters of a tag.
const between = 0;
const inName = 1;
const afterName = 2;
const beforeValue = 3;
const inBareValue = 4;

/**
 * Where a start tag ends whose attributes begin at `at`: behind its `>`, or at the end of the text when there is none. It
 * looks at each character once, and makes nothing: most tags of a page are of no interest.
 */
export function endOfTag(text: string, at: number): number {
	let state = between;
	while (at < text.length) {
		const code = text.charCodeAt(at++);
		if (code === greater) return at;
		if (state === beforeValue && isQuote(code)) {
			at = text.indexOf(code === doubleQuote ? '"' : "'", at) + 1;
			if (at === 0) return text.length;
			state = between;
		} else state = stateAfter(state, code);
	}
	return at;
}

/** Where the name of a tag ends that begins at `at`. */
export function endOfName(text: string, at: number): number {
	while (at < text.length && !endsName(text.charCodeAt(at))) at++;
	return at;
}

function stateAfter(state: number, code: number): number {
	if (isSpace(code)) return state === inName ? afterName : state === inBareValue ? between : state;
	if (state === beforeValue || state === inBareValue) return inBareValue;
	if (code === slash) return between;
	// At its beginning, an equals sign is part of a name.
	return code === equals && state !== between ? beforeValue : inName;
}

function isQuote(code: number): boolean {
	return code === doubleQuote || code === singleQuote;
}

function endsName(code: number): boolean {
	return code === greater || code === slash || isSpace(code);
}

function isSpace(code: number): boolean {
	return code === space || code === lineFeed || code === tab || code === carriageReturn || code === formFeed;
}
