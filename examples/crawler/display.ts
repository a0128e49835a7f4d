import type {Crawl, Visit} from './crawl.ts';
import {progressLine, reportLines} from './format.ts';

export interface Output {
	readonly isTTY?: boolean;
	readonly columns?: number;
	write(text: string): unknown;
}

/** Shows a crawl while it runs. */
export interface Display extends Disposable {
	/** Something to say that is no result. */
	notice(text: string): void;
	/** Where it stands, now and in full. */
	status(): void;
	/** The last word. */
	summary(): void;
}

const eraseLine = '\r\u001B[K';
const redrawEvery = 100;

/** One line that is drawn over itself, and what is said above it. */
export class TerminalDisplay implements Display {
	readonly #output: Output;
	readonly #crawl: Crawl;
	readonly #timer: ReturnType<typeof setInterval>;
	#shown = '';

	constructor(output: Output, crawl: Crawl) {
		this.#output = output;
		this.#crawl = crawl;
		this.#timer = setInterval(() => this.#draw(), redrawEvery).unref();
		crawl.on('state', () => this.#draw());
	}

	notice(text: string): void {
		this.#output.write(`${eraseLine}${text}\n${this.#shown}`);
	}

	status(): void {
		this.notice(reportLines(this.#crawl.summary).join('\n'));
	}

	summary(): void {
		this[Symbol.dispose]();
		this.status();
	}

	#draw(): void {
		// A line that wraps could not be drawn over.
		const line = progressLine(this.#crawl.progress, Date.now()).slice(0, (this.#output.columns ?? 80) - 1);
		if (line === this.#shown) return;
		this.#shown = line;
		this.#output.write(eraseLine + line);
	}

	[Symbol.dispose](): void {
		clearInterval(this.#timer);
		if (this.#shown !== '') this.#output.write(eraseLine);
		this.#shown = '';
	}
}

/** A JSON line for each visit and each change of state, and a summary; what else there is to say on stderr. */
export class JsonDisplay implements Display {
	readonly #output: Output;
	readonly #errors: Output;
	readonly #crawl: Crawl;

	constructor(output: Output, errors: Output, crawl: Crawl) {
		this.#output = output;
		this.#errors = errors;
		this.#crawl = crawl;
		crawl.on('visit', (visit) => this.#write('page', flat(visit)));
		crawl.on('state', () => this.#write('state', crawl.progress));
	}

	notice(text: string): void {
		this.#errors.write(`${text}\n`);
	}

	status(): void {
		this.#write('status', this.#crawl.progress);
	}

	summary(): void {
		this.#write('summary', this.#crawl.summary);
	}

	#write(type: string, fields: object): void {
		this.#output.write(`${JSON.stringify({type, ...fields}, threeDecimals)}\n`);
	}

	[Symbol.dispose](): void {}
}

function threeDecimals(_key: string, value: unknown): unknown {
	return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
}

function flat({outcome, ...visit}: Visit): object {
	return {...visit, ...outcome, ...('links' in outcome && {links: outcome.links.length})};
}
