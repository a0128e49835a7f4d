// HTML standard, 13.2.6.5: these end the drawing or formula that they stand in.
const breakouts = new Set(
	(
		'b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu ' +
		'meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var'
	).split(' '),
);
// In these, the content is HTML again.
const integrationPoints = new Set(['foreignobject', 'desc', 'title', 'mi', 'mo', 'mn', 'ms', 'mtext']);

/**
 * Tells whether a place in a page is inside a drawing (`svg`) or a formula (`math`), where `title`, `style` and
 * `base` are other elements than in HTML.
 *
 * Invariants: `#open` holds the roots of drawings and formulas and their integration points, outermost first;
 * `#counts` counts its names, so that a stray end tag needs no search.
 */
export class ForeignContent {
	readonly #open: string[] = [];
	readonly #counts = new Map<string, number>();

	get isOpen(): boolean {
		return this.#open.length > 0;
	}

	/** Whether the next start tag is no element of HTML. */
	get isInside(): boolean {
		return this.#open.length > 0 && !integrationPoints.has(this.#open.at(-1) as string);
	}

	/** Whether it matters where a tag of this name is closed. */
	concerns(name: string): boolean {
		return name === 'svg' || name === 'math' || (this.isInside && integrationPoints.has(name));
	}

	/** To be called for each start tag that has an element. Returns whether that is an element of HTML. */
	opened(name: string, isClosed: boolean): boolean {
		if (this.isInside && breakouts.has(name)) this.#leave();
		const isForeign = this.isInside;
		if (!isClosed && this.concerns(name)) this.#push(name);
		return !isForeign && name !== 'svg' && name !== 'math';
	}

	#leave(): void {
		while (this.isInside) this.#pop();
	}

	closed(name: string): void {
		if (this.#open.length === 0 || !this.#counts.get(name)) return;
		while (this.#pop() !== name);
	}

	#push(name: string): void {
		this.#open.push(name);
		this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
	}

	#pop(): string {
		const name = this.#open.pop() as string;
		this.#counts.set(name, (this.#counts.get(name) ?? 0) - 1);
		return name;
	}
}
