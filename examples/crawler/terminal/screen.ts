import {stripVTControlCharacters} from 'node:util';
import {widthOf} from './text.ts';

export interface Output {
	readonly isTTY?: boolean;
	readonly columns?: number;
	readonly rows?: number;
	write(text: string): unknown;
}

// Terminals that know it show the frame as a whole; the others ignore it.
const beginFrame = '\u001B[?2026h';
const endFrame = '\u001B[?2026l';
// A character that is wider than we take it to be is cut off at the edge and spoils no other line.
const dontWrap = '\u001B[?7l';
const wrap = '\u001B[?7h';
const hideCursor = '\u001B[?25l';
const showCursor = '\u001B[?25h';
const eraseToEndOfLine = '\u001B[K';
const eraseBelow = '\u001B[J';

function up(lines: number): string {
	return lines > 0 ? `\u001B[${lines}A` : '';
}

function down(lines: number): string {
	return lines > 0 ? `\u001B[${lines}B` : '';
}

/**
 * Some lines at the bottom of a terminal that are drawn over themselves. What scrolls away above them
 * stays. Each frame is one write, and holds only the lines that changed.
 *
 * Between frames the cursor stands in the last line.
 */
export class Screen {
	readonly #output: Output;
	#lines: readonly string[] = [];
	#columns = 0;

	constructor(output: Output) {
		this.#output = output;
	}

	/** Lines as a terminal takes them; none wider than it. */
	draw(lines: readonly string[]): void {
		const isResized = this.#columns !== (this.#output.columns ?? 0);
		this.#write(isResized || this.#lines.length === 0 ? this.#anew([], lines) : this.#changes(lines), lines);
	}

	/** Says something above the lines, for good. */
	print(text: readonly string[], lines: readonly string[] = this.#lines): void {
		this.#write(this.#anew(text, lines), lines);
	}

	/** Takes the lines away. */
	clear(): void {
		if (this.#lines.length === 0) return;
		this.#output.write(`${this.#toTop()}${eraseBelow}${showCursor}`);
		this.#lines = [];
	}

	#write(changes: string, lines: readonly string[]): void {
		this.#lines = lines;
		this.#columns = this.#output.columns ?? 0;
		if (changes !== '') this.#output.write(beginFrame + changes + endFrame);
	}

	#anew(text: readonly string[], lines: readonly string[]): string {
		const said = text.map((line) => `${line}\r\n`).join('');
		return `${hideCursor}${this.#toTop()}${eraseBelow}${said}${dontWrap}${lines.join('\r\n')}${wrap}`;
	}

	#toTop(): string {
		return `${up(this.#height - 1)}\r`;
	}

	// A terminal that has become narrower has broken the long lines in two.
	get #height(): number {
		const columns = this.#output.columns ?? 0;
		if (columns === 0 || columns >= this.#columns) return this.#lines.length;
		const rows = (line: string): number =>
			Math.max(1, Math.ceil(widthOf(stripVTControlCharacters(line)) / columns));
		return this.#lines.reduce((sum, line) => sum + rows(line), 0);
	}

	#changes(lines: readonly string[]): string {
		const old = this.#lines;
		const changed = lines.flatMap((line, index) => (line === old[index] ? [] : [index]));
		if (changed.length === 0 && lines.length === old.length) return '';
		let at = Math.max(0, old.length - 1);
		let text = '';
		const moveTo = (line: number): void => {
			text += line < at ? up(at - line) : down(Math.min(line, old.length - 1) - at);
			// Below the old lines there is nothing to move to yet.
			text += '\r\n'.repeat(Math.max(0, line - Math.max(at, old.length - 1)));
			at = line;
		};
		for (const index of changed) {
			moveTo(index);
			text += `\r${lines[index]}${eraseToEndOfLine}`;
		}
		moveTo(lines.length - 1);
		if (lines.length < old.length) text += `\r${down(1)}${eraseBelow}${up(1)}`;
		return dontWrap + text + wrap;
	}
}
