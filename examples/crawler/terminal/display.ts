import {interval, run} from 'pausable-signal';
import type {Display} from '../display.ts';
import {reportLines} from '../format.ts';
import type {LiveCrawl} from '../live.ts';
import {frameLines} from './frame.ts';
import {HostSlots} from './host-slots.ts';
import {type Output, Screen} from './screen.ts';
import {paint} from './style.ts';
import {plain, wrapped} from './text.ts';

export interface TerminalOptions {
	readonly hasKeys: boolean;
	readonly hasColors: boolean;
}

const redrawEvery = 200;
const hostsAtMost = 6;

/** A crawl in a few lines that are drawn over themselves. */
export class TerminalDisplay implements Display {
	readonly #output: Output;
	readonly #crawl: LiveCrawl;
	readonly #options: TerminalOptions;
	readonly #screen: Screen;
	readonly #slots = new HostSlots();
	readonly #stopDrawing: () => Promise<void>;
	readonly #redraw = (): void => this.#draw();
	#isHidden = false;
	#isOver = false;

	constructor(output: Output, crawl: LiveCrawl, options: TerminalOptions) {
		this.#output = output;
		this.#crawl = crawl;
		this.#options = options;
		this.#screen = new Screen(output);
		crawl.on('state', this.#redraw);
		crawl.on('host', this.#redraw);
		// Also while the crawl is paused: the time it has been so goes on.
		this.#stopDrawing = run(async (signal) => {
			for await (const _ of interval(signal, redrawEvery)) this.#draw();
		});
	}

	/** The host with this digit on the screen. */
	hostAt(digit: number): string | undefined {
		return this.#slots.get(digit);
	}

	notice(text: string): void {
		this.#say(text.split('\n'));
	}

	status(): void {
		this.#say(reportLines(this.#crawl.status, Date.now()));
	}

	#say(lines: readonly string[]): void {
		const columns = this.#output.columns ?? Infinity;
		const safe = lines.map(plain).flatMap((line) => wrapped(line, columns));
		if (this.#isHidden || this.#isOver) this.#output.write(`${safe.join('\r\n')}\r\n`);
		else this.#screen.print(safe, this.#lines());
	}

	summary(lines: readonly string[]): void {
		this[Symbol.dispose]();
		this.#say(lines);
	}

	/** Leaves the terminal to others until {@link show}. */
	hide(): void {
		this.#isHidden = true;
		this.#screen.clear();
	}

	show(): void {
		this.#isHidden = false;
		this.#draw();
	}

	#draw(): void {
		if (!this.#isHidden && !this.#isOver) this.#screen.draw(this.#lines());
	}

	#lines(): string[] {
		// The last column stays free: a cursor beyond it is no two terminals' same.
		const columns = Math.max(1, (this.#output.columns ?? 80) - 1);
		const rows = this.#output.rows ?? 24;
		const {status} = this.#crawl;
		const {hasColors} = this.#options;
		const hosts = this.#slots.place(status.hosts, Math.min(hostsAtMost, rows - 8));
		const options = {columns, rows, hosts, now: Date.now(), ...this.#options};
		return frameLines(status, options).map((line) => paint(line, columns, hasColors));
	}

	[Symbol.dispose](): void {
		if (this.#isOver) return;
		this.#isOver = true;
		void this.#stopDrawing();
		this.#crawl.off('state', this.#redraw);
		this.#crawl.off('host', this.#redraw);
		this.#screen.clear();
	}
}
