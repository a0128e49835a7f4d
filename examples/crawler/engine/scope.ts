/** Which URLs a crawl is for. */
export interface ScopeOptions {
	readonly include?: RegExp | undefined;
	readonly exclude?: RegExp | undefined;
	readonly maxDepth?: number | undefined;
}

/** Redirects in a row that are followed. */
export const maxHops = 10;

export class Scope {
	readonly maxDepth: number;
	readonly #origins: Set<string>;
	readonly #include: RegExp | undefined;
	readonly #exclude: RegExp | undefined;

	constructor(origins: Iterable<string>, {include, exclude, maxDepth = Infinity}: ScopeOptions) {
		this.#origins = new Set(origins);
		this.#include = withoutMemory(include);
		this.#exclude = withoutMemory(exclude);
		this.maxDepth = maxDepth;
	}

	/** Differs when something else is asked for. */
	get key(): string {
		return JSON.stringify([
			'start pages',
			String(this.#include),
			String(this.#exclude),
			this.maxDepth,
			[...this.#origins],
		]);
	}

	get origins(): string[] {
		return [...this.#origins];
	}

	addOrigin(origin: string): void {
		this.#origins.add(origin);
	}

	/** Why a URL is not to be visited; undefined when it is. */
	objection(url: string, origin: string, depth: number, hops: number): string | undefined {
		if (!this.#origins.has(origin)) return 'another site';
		// A start page, or where one leads to, is read for its links in any case.
		if (depth > 0 && this.#include?.test(url) === false) return 'not included';
		if (depth > 0 && this.#exclude?.test(url) === true) return 'excluded';
		return this.limit(depth, hops);
	}

	limit(depth: number, hops: number): string | undefined {
		if (depth > this.maxDepth) return 'too deep';
		return hops > maxHops ? 'too many redirects' : undefined;
	}
}

// With these flags a pattern goes on where it matched last.
function withoutMemory(pattern: RegExp | undefined): RegExp | undefined {
	return pattern && new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ''));
}
