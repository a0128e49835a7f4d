// What no terminal should get from a stranger: control characters, marks that turn the direction of the
// text, separators of lines, halves of characters and what no font has.
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;
const isUnprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Z}]/u;

/** Text from anywhere, safe to show: in one line, and without anything that a terminal obeys. */
export function plain(text: string): string {
	return text.replaceAll(/[\t\n\v\f\r]+/g, ' ').replaceAll(unprintable, '\uFFFD');
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
	if (/^\p{M}/u.test(grapheme)) return 0;
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

/** The text in exactly so many columns. */
export function pad(text: string, columns: number): string {
	const shown = fit(text, columns);
	return shown + ' '.repeat(Math.max(0, columns - widthOf(shown)));
}
