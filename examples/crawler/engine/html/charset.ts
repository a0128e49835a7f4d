import {Tags} from './tags.ts';

const headBytes = 1024;
const ascii = new TextDecoder('latin1');
const utf8 = new TextDecoder();

export interface DecodedText {
	readonly text: string;
	/** The name of the encoding, as TextDecoder has it. */
	readonly encoding: string;
}

/**
 * The text of a page: in the encoding of its byte order mark, of its header (`charset`), of its meta tag or XML
 * declaration, or in UTF-8. A name that no encoding has does not count.
 */
export function decodeText(chunks: readonly Uint8Array[], charset: string | undefined): DecodedText {
	const bytes = chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
	const decoder = decoderFor(bytes, charset);
	return {text: decodeWith(decoder, bytes), encoding: decoder.encoding};
}

// What stands from 0x80 on in windows-1252, where ISO 8859-1 has control characters.
const windowsLetters =
	'\u20AC\x81\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\x8D\u017D\x8F' +
	'\x90\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\x9D\u017E\u0178';

/** As the decoder reads it; several Nodes take windows-1252 for ISO 8859-1. */
export function decodeWith(decoder: TextDecoder, bytes: Uint8Array): string {
	const text = decoder.decode(bytes);
	if (decoder.encoding !== 'windows-1252') return text;
	return text.replaceAll(/[\x80-\x9f]/g, (letter) => windowsLetters[letter.charCodeAt(0) - 0x80] as string);
}

function decoderFor(bytes: Uint8Array, charset: string | undefined): TextDecoder {
	return markOf(bytes) ?? decoderOf(charset) ?? declared(bytes) ?? utf8;
}

function decoderOf(label: string | undefined): TextDecoder | undefined {
	if (label === undefined) return undefined;
	if (/^\s*utf-?8\s*$/i.test(label)) return utf8;
	try {
		return new TextDecoder(label);
	} catch {
		return undefined;
	}
}

function markOf([first, second, third]: Uint8Array): TextDecoder | undefined {
	if (first === 0xef && second === 0xbb && third === 0xbf) return utf8;
	if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be');
	return first === 0xff && second === 0xfe ? new TextDecoder('utf-16le') : undefined;
}

function declared(bytes: Uint8Array): TextDecoder | undefined {
	const head = ascii.decode(bytes.subarray(0, headBytes));
	if (head.startsWith('<\0?\0x\0')) return new TextDecoder('utf-16le');
	if (head.startsWith('\0<\0?\0x')) return new TextDecoder('utf-16be');
	return inMeta(head) ?? inDeclaration(head);
}

function inMeta(head: string): TextDecoder | undefined {
	if (!/charset/i.test(head)) return undefined;
	const tags = new Tags(head);
	while (tags.next()) {
		if (tags.isEnd || tags.name !== 'meta') continue;
		const found = readAs(labelOf(tags.attributes()));
		if (found !== undefined) return found;
	}
	return undefined;
}

function labelOf(meta: ReadonlyMap<string, string> = new Map()): string | undefined {
	const charset = meta.get('charset');
	if (charset !== undefined || meta.get('http-equiv')?.toLowerCase() !== 'content-type') return charset;
	const [, quoted, bare] =
		/charset\s*=\s*(?:["']([^"']*)["']|([^\s;"']+))/i.exec(meta.get('content') ?? '') ?? [];
	return quoted ?? bare;
}

function inDeclaration(head: string): TextDecoder | undefined {
	return readAs(/^<\?xml\s[^>]*?encoding\s*=\s*["']([^"'>]*)["']/.exec(head)?.[1]);
}

/** For a label that was read as ASCII: it is none of those that are not like it, whatever it says. */
function readAs(label: string | undefined): TextDecoder | undefined {
	const found = decoderOf(label);
	if (found === undefined && label?.trim().toLowerCase() === 'x-user-defined')
		return new TextDecoder('latin1');
	return found?.encoding.startsWith('utf-16') === true ? utf8 : found;
}
