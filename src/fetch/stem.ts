/** The bytes that a file name may have on every common disk. */
const longest = 255;
const longestSuffix = '.part.json.tmp'.length;

/**
 * The beginning of the names beside a file: the file's own path, or a shorter one where those names would
 * be too long. The shorter one ends in a hash of the whole name, so that two long names stay distinct.
 */
export function stemOf(file: string): string {
	const [name = ''] = /[^\\/]*$/.exec(file) ?? [];
	const room = longest - longestSuffix;
	if (bytesIn(name) <= room) return file;
	const mark = `~${hashOf(name)}`;
	let kept = '';
	for (const character of name) {
		if (bytesIn(kept + character) > room - mark.length) break;
		kept += character;
	}
	return file.slice(0, file.length - name.length) + kept + mark;
}

function bytesIn(text: string): number {
	return new TextEncoder().encode(text).length;
}

// FNV-1a, 32 bits.
function hashOf(text: string): string {
	let hash = 0x811c9dc5;
	for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
	return (hash >>> 0).toString(16).padStart(8, '0');
}
