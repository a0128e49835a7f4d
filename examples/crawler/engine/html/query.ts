import {isAscii} from 'node:buffer';
import {decodeWith} from './charset.ts';

/** How an encoding writes a character; undefined for what it has not. */
type Encoder = ReadonlyMap<string, readonly number[]>;

// These have pairs of bytes; the standard leaves out what it has twice: what stands before these lead bytes, or in
// between.
const pairs: Readonly<Record<string, (lead: number) => boolean>> = {
	gbk: () => true,
	gb18030: () => true,
	big5: (lead) => lead >= 0xa1,
	'euc-jp': (lead) => lead !== 0x8e && lead !== 0x8f,
	'euc-kr': () => true,
	shift_jis: (lead) => lead !== 0xed && lead !== 0xee,
};
const encoders = new Map<string, Encoder>();

/**
 * A link with its query as browsers send it: in the encoding of the page, in which the server expects it. The
 * path is in UTF-8 on any page. What the encoding cannot write becomes a character reference.
 */
export function withQueryIn(encoding: string, href: string): string {
	if (isUnicode(encoding) || isPlain(href)) return href;
	const [, start = href, query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(href) ?? [];
	if (isPlain(query)) return href;
	const encoder = encoderOf(encoding);
	return start + query.replaceAll(/[^\0-\x7f]/gu, (letter) => escaped(encoder, letter)) + fragment;
}

// The one with states is not worth its table: there is hardly a page in it.
function isUnicode(encoding: string): boolean {
	return encoding.startsWith('utf-') || encoding === 'iso-2022-jp';
}

function isPlain(text: string): boolean {
	return isAscii(Buffer.from(text));
}

function escaped(encoder: Encoder, letter: string): string {
	const bytes = encoder.get(letter);
	if (bytes === undefined) return `%26%23${letter.codePointAt(0)}%3B`;
	return bytes
		.map((byte) => (byte < 0x80 ? String.fromCodePoint(byte) : `%${byte.toString(16).toUpperCase()}`))
		.join('');
}

/** There is no encoder in JavaScript: it is what the decoder reads, turned around. */
function encoderOf(encoding: string): Encoder {
	let encoder = encoders.get(encoding);
	if (encoder === undefined) {
		encoder = new Map(codesOf(encoding));
		encoders.set(encoding, encoder);
	}
	return encoder;
}

function codesOf(encoding: string): [string, readonly number[]][] {
	const decoder = new TextDecoder(encoding);
	const hasPlace = pairs[encoding];
	const high = Array.from({length: 128}, (_, index) => 128 + index);
	const low = Array.from({length: 191}, (_, index) => 64 + index);
	const singles = high.map((byte) => [byte]);
	const doubles = high
		.filter((lead) => hasPlace?.(lead))
		.flatMap((lead) => low.map((trail) => [lead, trail]));
	// The first code that reads as a letter is the one that writes it.
	return [...singles, ...doubles]
		.map((bytes): [string, readonly number[]] => [decodeWith(decoder, Uint8Array.from(bytes)), bytes])
		.filter(([letter]) => /^[^\uFFFD]$/su.test(letter))
		.toReversed();
}
