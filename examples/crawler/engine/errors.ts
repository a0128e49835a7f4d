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
	/** Nothing at all came back: the page may be well, and its host or the network away. */
	isSilent: boolean;
	/** How often it was tried. */
	attempts = 1;

	constructor(reason: string, options: FailureOptions) {
		super(reason, options.cause === undefined ? undefined : {cause: options.cause});
		this.isPassing = options.isPassing;
		this.status = options.status;
		this.until = options.until;
		this.isSilent = options.isSilent ?? false;
	}
}

export interface FailureOptions {
	readonly isPassing: boolean;
	readonly status?: number | undefined;
	readonly until?: number | undefined;
	readonly isSilent?: boolean;
	readonly cause?: unknown;
}

const machineTrouble =
	/^SQLITE_(?:FULL|IOERR|READONLY|BUSY|LOCKED|CORRUPT|CANTOPEN|NOTADB|NOMEM|PERM|AUTH|PROTOCOL)/;

/** The disk or the system is at fault, such as with a full disk: the next page would meet the same. */
export function isOfTheMachine(error: unknown): error is Error {
	if (typeof error !== 'object' || error === null || !('code' in error)) return false;
	return 'syscall' in error || machineTrouble.test(coarseCodeOf(error));
}

/** SQLite has finer codes than libsql has names for: their last byte is the coarse one. */
export function coarseCodeOf(error: unknown): string {
	const code = String((error as {code?: unknown}).code);
	const [, number] = /^UNKNOWN_SQLITE_ERROR_(\d+)$/.exec(code) ?? [];
	if (number === undefined) return code;
	return coarseCodes.get(Number(number) % 256) ?? '';
}

const coarseCodes: ReadonlyMap<number, string> = new Map([
	[3, 'SQLITE_PERM'],
	[5, 'SQLITE_BUSY'],
	[6, 'SQLITE_LOCKED'],
	[8, 'SQLITE_READONLY'],
	[10, 'SQLITE_IOERR'],
	[11, 'SQLITE_CORRUPT'],
	[13, 'SQLITE_FULL'],
	[14, 'SQLITE_CANTOPEN'],
]);

/** What an error says, in one line, whatever was thrown. */
export function wordsOf(error: unknown): string {
	try {
		const {message} = error as {message?: unknown};
		const text = String(message ?? error)
			.replaceAll(/\s+/g, ' ')
			.trim();
		return text === '' ? 'unknown error' : text.slice(0, longestReason);
	} catch {
		return 'unknown error';
	}
}

const longestReason = 200;
