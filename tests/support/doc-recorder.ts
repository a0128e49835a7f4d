import {format, inspect, isDeepStrictEqual} from 'node:util';
import type {ExpectedComment} from './doc-examples.ts';

/** What an example's `// =>` lines saw while it ran, and whether that is what they say. */
export class DocRecorder {
	readonly #expected: readonly ExpectedComment[];
	readonly #seen: {readonly shown: string; readonly matches: boolean}[][];
	/** Takes the place of the example's console: an example that prints does not clutter the report. */
	readonly console: Console = new Proxy(console, {get: () => () => {}});

	constructor(expected: readonly ExpectedComment[]) {
		this.#expected = expected;
		this.#seen = expected.map(() => []);
	}

	value(index: number, value: unknown): void {
		this.#record(index, show(value), [value]);
	}

	printed(index: number): (...values: readonly unknown[]) => void {
		return (...values) => {
			const shown = format(...values.map((value) => (isErrorLike(value) ? show(value) : value)));
			this.#record(index, shown, values);
		};
	}

	throws(index: number, fn: () => unknown): void {
		try {
			fn();
		} catch (error) {
			this.#recordThrown(index, error);
			return;
		}
		this.#record(index, 'it did not throw', []);
	}

	async rejects(index: number, fn: () => Promise<unknown>): Promise<void> {
		try {
			await fn();
		} catch (error) {
			this.#recordThrown(index, error);
			return;
		}
		this.#record(index, 'it did not throw', []);
	}

	get complete(): boolean {
		return this.#seen.every((seen) => seen.length > 0);
	}

	/** One line for each comment that is wrong. */
	get faults(): string[] {
		return this.#expected.flatMap(({line, text}, index) => {
			const seen = this.#seen[index]!;
			if (seen.length === 0) return [`line ${line}: // => ${text} was never reached`];
			const list = seen.map(({shown}) => shown).join(', ');
			if (seen.every(({matches}) => matches) || agrees(list, text)) return [];
			return [`line ${line}: expected ${text} but saw ${list}`];
		});
	}

	#record(index: number, shown: string, values: readonly unknown[]): void {
		const {text} = this.#expected[index]!;
		const matches = agrees(shown, text) || (values.length === 1 && isLiteral(text, values[0]));
		this.#seen[index]!.push({shown, matches});
	}

	#recordThrown(index: number, error: unknown): void {
		const text = this.#expected[index]!.text.replace(/^(throws|rejects)( with)?\s*/, '');
		const named = isErrorLike(error) && error.name === text;
		const matches = text === '' || named || agrees(show(error), text) || isLiteral(text, error);
		this.#seen[index]!.push({shown: `throws ${show(error)}`, matches});
	}
}

// Not instanceof Error: Jest's realm is not the one that DOMException comes from.
function isErrorLike(value: unknown): value is Error {
	return typeof value === 'object' && value !== null && 'stack' in value && 'message' in value;
}

function show(value: unknown): string {
	return isErrorLike(value) ? `${value.name}: ${value.message}` : inspect(value, {breakLength: Infinity});
}

function agrees(shown: string, text: string): boolean {
	const pattern = squeeze(text)
		.split('…')
		.map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`))
		.join('.*');
	return new RegExp(`^${pattern}$`, 's').test(squeeze(shown));
}

function squeeze(text: string): string {
	return text.replaceAll(/\s+/g, ' ').trim();
}

function isLiteral(text: string, value: unknown): boolean {
	try {
		// oxlint-disable-next-line typescript/no-implied-eval -- the text is our own documentation
		return isDeepStrictEqual(new Function(`return (${text});`)(), value);
	} catch {
		return false;
	}
}
