export interface KeyInput {
	readonly isTTY?: boolean;
	setRawMode?(isRaw: boolean): unknown;
	on(event: 'data' | 'error', listener: (data: Buffer | string) => void): unknown;
	off(event: 'data', listener: (data: Buffer | string) => void): unknown;
	resume(): unknown;
	pause(): unknown;
}

// Arrow and function keys come as these; their letters are no keys.
// oxlint-disable-next-line no-control-regex
const escapeSequences = /\u001B(?:O.|\[[\d;?<]*[@-~]|.|$)/g;
const controlKeys: Readonly<Record<string, string>> = {'\u0003': 'ctrl-c', '\u001A': 'ctrl-z'};

/**
 * Calls `press` with each key, without waiting for Enter. Ctrl-C and Ctrl-Z
 * are keys, too: `ctrl-c` and `ctrl-z`.
 *
 * The terminal is as it was after the end; an input that is no terminal is left alone.
 */
export function listenToKeys(input: KeyInput, press: (key: string) => void): Disposable {
	if (input.isTTY !== true) return {[Symbol.dispose]() {}};
	const read = (data: Buffer | string): void => {
		for (const char of String(data).replace(escapeSequences, ''))
			press(controlKeys[char] ?? char.toLowerCase());
	};
	input.setRawMode?.(true);
	input.on('data', read);
	input.resume();
	return {
		[Symbol.dispose]() {
			input.off('data', read);
			input.pause();
			input.setRawMode?.(false);
		},
	};
}
