import {fit, widthOf} from './text.ts';

const codes = {
	bold: 1,
	dim: 2,
	red: 31,
	green: 32,
	yellow: 33,
	cyan: 36,
	/** A block of colour, for spaces: no terminal is in doubt about how wide they are. */
	filled: 42,
	unfilled: 100,
} as const;

export type Style = keyof typeof codes;

/** Text of one look; several make up a line. */
export interface Span {
	readonly text: string;
	readonly style?: Style | undefined;
}

export function span(text: string, style?: Style): Span {
	return {text, style};
}

/** The line in so many columns at most, as a terminal takes it. */
export function paint(line: readonly Span[], columns: number, hasColors: boolean): string {
	let left = columns;
	let painted = '';
	for (const {text, style} of line) {
		const shown = fit(text, left);
		left -= widthOf(shown);
		painted += style === undefined || !hasColors ? shown : `\u001B[${codes[style]}m${shown}\u001B[0m`;
		if (shown !== text) break;
	}
	return painted;
}

/** Puts the parts into as many lines as they need, with two spaces between them. */
export function flow(parts: readonly (readonly Span[])[], columns: number): Span[][] {
	const lines: Span[][] = [];
	let width = 0;
	for (const part of parts) {
		const partWidth = part.reduce((sum, {text}) => sum + widthOf(text), 0);
		const line = lines.at(-1);
		if (line === undefined || width + 2 + partWidth > columns) {
			lines.push([...part]);
			width = partWidth;
		} else {
			line.push(span('  '), ...part);
			width += 2 + partWidth;
		}
	}
	return lines;
}
