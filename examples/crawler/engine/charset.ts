const headBytes = 1024;
const ascii = new TextDecoder('latin1');

/** The text of a page: in the charset of its byte order mark, its header, its meta tag, or UTF-8. */
export async function* decode(body: AsyncIterable<Uint8Array>, contentType: string): AsyncIterable<string> {
	let head: Uint8Array | undefined;
	let decoder: TextDecoder | undefined;
	for await (const chunk of body) {
		if (decoder === undefined) {
			head = head === undefined ? chunk : Buffer.concat([head, chunk]);
			if (head.length < headBytes) continue;
			decoder = decoderFor(head, contentType);
			yield decoder.decode(head, {stream: true});
		} else {
			yield decoder.decode(chunk, {stream: true});
		}
	}
	if (decoder === undefined) yield decoderFor(head ?? new Uint8Array(), contentType).decode(head);
	else yield decoder.decode();
}

function decoderFor(head: Uint8Array, contentType: string): TextDecoder {
	const label = markOf(head) ?? labelIn(contentType) ?? labelInMeta(head) ?? 'utf-8';
	try {
		return new TextDecoder(label);
	} catch {
		return new TextDecoder();
	}
}

function markOf([first, second, third]: Uint8Array): string | undefined {
	if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
	if (first === 0xfe && second === 0xff) return 'utf-16be';
	return first === 0xff && second === 0xfe ? 'utf-16le' : undefined;
}

function labelIn(text: string): string | undefined {
	return /charset\s*=\s*["']?([^\s"';>/]+)/i.exec(text)?.[1];
}

function labelInMeta(head: Uint8Array): string | undefined {
	const meta = /<meta[^>]+charset[^>]*>/i.exec(ascii.decode(head.subarray(0, headBytes)))?.[0] ?? '';
	const label = labelIn(meta);
	// It was read as ASCII, so it is none of these, whatever it says.
	return label !== undefined && /^utf-?16/i.test(label) ? 'utf-8' : label;
}
