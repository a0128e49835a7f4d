/** The crawl could not do its job; the message says why. */
export class CrawlError extends Error {
	override readonly name = 'CrawlError';
}

/** Why a page could not be had, in a few words that also serve to count by. */
export class Failure extends Error {
	override readonly name = 'Failure';
	/** Whether another try may help. */
	readonly isPassing: boolean;
	readonly status: number | undefined;
	/** When another try may help, where the server says so: `Date.now()` milliseconds. */
	readonly until: number | undefined;
	/** How often it was tried. */
	attempts = 1;

	constructor(reason: string, options: FailureOptions) {
		super(reason, options.cause === undefined ? undefined : {cause: options.cause});
		this.isPassing = options.isPassing;
		this.status = options.status;
		this.until = options.until;
	}
}

export interface FailureOptions {
	readonly isPassing: boolean;
	readonly status?: number | undefined;
	readonly until?: number | undefined;
	readonly cause?: unknown;
}
