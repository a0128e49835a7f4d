import {widthOf} from '../../examples/crawler/terminal/text.ts';

interface Line {
	/** A wide character is followed by an empty cell. */
	cells: string[];
	/** It continues in the next line, because it was too long. */
	isWrapped: boolean;
}

// oxlint-disable-next-line no-control-regex
const sequence = /\u001B\[(\?)?([\d;]*)([A-Za-z])/y;
// oxlint-disable-next-line no-control-regex
const unfinished = /^\u001B(?:\[\??[\d;]*)?$/;
// oxlint-disable-next-line no-control-regex
const special = /[\u001B\r\n]/;
const graphemes = new Intl.Segmenter(undefined, {granularity: 'grapheme'});

/**
 * As much of a terminal as a display needs: it keeps the screen, and the lines that have scrolled away.
 * An escape sequence that it does not know is an error.
 */
export class TestScreen {
	readonly isTTY = true;
	columns: number;
	rows: number;
	readonly writes: string[] = [];
	isCursorShown = true;
	/** Between the beginning of a frame and its end. */
	isInFrame = false;
	/** How often a part was shown of what should be shown as a whole. */
	unframed = 0;
	readonly #lines: Line[] = [{cells: [], isWrapped: false}];
	#row = 0;
	#column = 0;
	#wraps = true;
	/** Real terminals get a sequence in two parts now and then. */
	#rest = '';

	constructor(columns = 80, rows = 24) {
		this.columns = columns;
		this.rows = rows;
	}

	write(written: string): boolean {
		this.writes.push(written);
		const text = this.#rest + written;
		this.#rest = '';
		let at = 0;
		while (at < text.length) {
			sequence.lastIndex = at;
			const match = sequence.exec(text);
			if (match !== null) {
				this.#obey(match[3] ?? '', match[2] ?? '', match[1] === '?');
				at += match[0].length;
				continue;
			}
			if (unfinished.test(text.slice(at))) {
				this.#rest = text.slice(at);
				return true;
			}
			const found = text.slice(at).search(special);
			const end = found < 0 ? text.length - at : found;
			if (end === 0) this.#control(text.charAt(at++));
			else this.#print(text.slice(at, (at += end)));
		}
		return true;
	}

	/** What is to be seen, without empty lines at the end. */
	get shown(): string[] {
		return this.#texts(this.#top);
	}

	/** The same with all that has scrolled away. */
	get all(): string[] {
		return this.#texts(0);
	}

	/** Breaks lines anew, as terminals do. */
	resize(columns: number, rows: number = this.rows): void {
		const cursor = this.#line;
		const whole: Line[] = [];
		let cursorLine: Line | undefined;
		let joined: Line | undefined;
		for (const line of this.#lines) {
			if (joined === undefined) whole.push((joined = {cells: [], isWrapped: false}));
			joined.cells.push(...line.cells);
			if (line === cursor) cursorLine = joined;
			if (!line.isWrapped) joined = undefined;
		}
		this.columns = columns;
		this.rows = rows;
		this.#lines.length = 0;
		for (const line of whole) {
			const parts = Math.max(1, Math.ceil(line.cells.length / columns));
			for (let part = 0; part < parts; part++) {
				const cells = line.cells.slice(part * columns, (part + 1) * columns);
				this.#lines.push({cells, isWrapped: part < parts - 1});
			}
			if (line === cursorLine) this.#row = this.#lines.length - 1;
		}
		this.#column = Math.min(this.#column, columns - 1);
	}

	#texts(from: number): string[] {
		const texts = this.#lines.slice(from).map(({cells}) => cells.join('').trimEnd());
		while (texts.at(-1) === '') texts.pop();
		return texts;
	}

	get #top(): number {
		return Math.max(0, this.#lines.length - this.rows);
	}

	get #line(): Line {
		return this.#lines[this.#row] as Line;
	}

	#control(character: string): void {
		if (character === '\r') this.#column = 0;
		else if (character === '\n') this.#down();
		else throw new Error(`unknown control ${JSON.stringify(character)}`);
	}

	#down(): void {
		this.#row++;
		if (this.#row === this.#lines.length) this.#lines.push({cells: [], isWrapped: false});
	}

	#print(text: string): void {
		if (!this.isInFrame) this.unframed++;
		for (const {segment} of graphemes.segment(text)) {
			const width = widthOf(segment);
			if (this.#column + width > this.columns) {
				if (!this.#wraps) this.#column = this.columns - width;
				else {
					this.#line.isWrapped = true;
					this.#down();
					this.#column = 0;
				}
			}
			const {cells} = this.#line;
			while (cells.length < this.#column) cells.push(' ');
			cells[this.#column] = segment;
			if (width === 2) cells[this.#column + 1] = '';
			this.#column += width;
		}
	}

	#obey(command: string, parameters: string, isPrivate: boolean): void {
		const number = Number(parameters === '' ? 1 : parameters);
		if (isPrivate) this.#setMode(number, command === 'h');
		else if (command === 'A') this.#row = Math.max(this.#top, this.#row - number);
		else if (command === 'B') this.#row = Math.min(this.#lines.length - 1, this.#row + number);
		else if (command === 'K') this.#eraseRight();
		else if (command === 'J') {
			this.#eraseRight();
			// Below there is nothing from now on.
			this.#lines.length = this.#row + 1;
		} else if (command !== 'm') throw new Error(`unknown sequence ${parameters}${command}`);
	}

	#eraseRight(): void {
		this.#line.cells.length = Math.min(this.#line.cells.length, this.#column);
		this.#line.isWrapped = false;
	}

	#setMode(mode: number, isOn: boolean): void {
		if (mode === 25) this.isCursorShown = isOn;
		else if (mode === 7) this.#wraps = isOn;
		else if (mode === 2026) this.isInFrame = isOn;
		else throw new Error(`unknown mode ${mode}`);
	}
}
