export interface ContentType {
	/** Such as `text/html`, in lower case. */
	readonly essence: string;
	readonly charset: string | undefined;
}

const value = /(?:[^",]|"(?:[^"\\]|\\.)*"?)+/gs;
const essenceOf = /^\s*([\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+)\s*(?:;|$)/;
const parameter = /;\s*([^;=\s]+)=(?:"((?:[^"\\]|\\.)*)"?|([^;]*))/gs;

/**
 * What a Content-Type header says; undefined where nothing of it makes sense. Of several, which arrive joined by
 * commas, the last one that makes sense counts, with an earlier charset of the same type (Fetch standard, "extract
 * a MIME type").
 */
export function contentTypeIn(header: string): ContentType | undefined {
	let type: ContentType | undefined;
	for (const [one] of header.matchAll(value)) {
		const essence = essenceOf.exec(one)?.[1]?.toLowerCase();
		if (essence === undefined || essence === '*/*') continue;
		const earlier = essence === type?.essence ? type.charset : undefined;
		type = {essence, charset: charsetIn(one) ?? earlier};
	}
	return type;
}

function charsetIn(text: string): string | undefined {
	for (const [, name = '', quoted, bare = ''] of text.matchAll(parameter))
		if (name.toLowerCase() === 'charset') return (quoted ?? bare).trim().replaceAll(/^'|'$/g, '');
	return undefined;
}
