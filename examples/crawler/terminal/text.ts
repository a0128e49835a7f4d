// What no terminal should get from a stranger: control characters, marks that turn the direction of the
// text, separators of lines, halves of characters and what no font has. Letters of Persian and Hindi, and many
// emoji, need their joiners; the signs before Arabic numbers are to be seen.
const unprintable = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?!\u200C|\u200D|[\u0600-\u0605\u06DD])\p{Cf}/gu;
// Say where a word may or may not be broken, or mark the start of a text: there is nothing to see of them.
const invisible = /[\u00AD\u180E\u200B\u2060-\u2064\uFEFF\u{E0020}-\u{E007F}]/gu;
const isUnprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Z}]/u;

/** Text from anywhere, safe to show: in one line, and without anything that a terminal obeys. */
export function plain(text: string): string {
	const line = text.replaceAll(/[\t\n\v\f\r]+/g, ' ');
	return line.replaceAll(invisible, '').replaceAll(unprintable, '\uFFFD');
}

/** A URL for people to read: with its letters, where that can do no harm. */
export function readableUrl(url: string): string {
	const decoded = url.replaceAll(/(?:%[\da-f]{2})+/gi, (codes) => {
		try {
			const letters = decodeURI(codes);
			return isUnprintable.test(letters) ? codes : letters;
		} catch {
			return codes;
		}
	});
	return plain(decoded);
}

const graphemes = new Intl.Segmenter(undefined, {granularity: 'grapheme'});
const wide =
	/^(?:\p{Emoji_Presentation}|.\uFE0F|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1F64F}\u{1F900}-\u{1F9FF}\u{20000}-\u{3FFFD}])/u;
const ascii = /^[\x20-\x7e]*$/;

function widthOfOne(grapheme: string): number {
	if (/^[\p{M}\u200C\u200D]/u.test(grapheme)) return 0;
	return wide.test(grapheme) ? 2 : 1;
}

/** How many columns of a terminal a plain text takes. */
export function widthOf(text: string): number {
	if (ascii.test(text)) return text.length;
	let width = 0;
	for (const {segment} of graphemes.segment(text)) width += widthOfOne(segment);
	return width;
}

function firstColumns(text: string, columns: number): string {
	if (ascii.test(text)) return text.slice(0, columns);
	let width = 0;
	let end = 0;
	for (const {segment, index} of graphemes.segment(text)) {
		width += widthOfOne(segment);
		if (width > columns) break;
		end = index + segment.length;
	}
	return text.slice(0, end);
}

/** The text in so many columns at most; what is missing at its end is told by dots. */
export function fit(text: string, columns: number): string {
	if (widthOf(text) <= columns) return text;
	if (columns < 4) return firstColumns(text, Math.max(0, columns));
	return `${firstColumns(text, columns - 2)}..`;
}

/**
 * The text in lines of so many columns, broken between words; each begins where the first one does, and a bit
 * further in. A word that is wider than a line is left to the terminal, so that a URL can be copied whole.
 */
export function wrapped(text: string, columns: number): string[] {
	const [indent = ''] = /^ */.exec(text) ?? [];
	const lines: string[] = [];
	let line = text;
	while (widthOf(line) > columns) {
		const end = breakIn(line, columns);
		if (end === undefined) break;
		lines.push(line.slice(0, end));
		line = `${indent}  ${line.slice(end + 1)}`;
	}
	return [...lines, line];
}

/** The last space at which what comes before fits; else the first one, if there is any after the first word. */
function breakIn(line: string, columns: number): number | undefined {
	const start = line.search(/[^ ]/);
	if (start === -1) return undefined;
	const first = line.indexOf(' ', start);
	const last = line.lastIndexOf(' ', firstColumns(line, columns + 1).length - 1);
	if (last > start) return last;
	return first === -1 ? undefined : first;
}

/** The text in exactly so many columns. */
export function pad(text: string, columns: number): string {
	const shown = fit(text, columns);
	return shown + ' '.repeat(Math.max(0, columns - widthOf(shown)));
}
