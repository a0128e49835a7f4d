/** Bytes that a name may have, on all disks that are in use. */
const longest = 255;
const longestSuffix = '.part.json.tmp'.length;

/**
 * What the names beside a file begin with: its own path, or a shorter one where they would be too long.
 * That ends in a number made of the whole name, so that two long names keep apart.
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
