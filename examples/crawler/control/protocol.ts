import type {CrawlStatus} from '../status.ts';

/** What may be asked, as one line of JSON. */
export type Request =
	| {readonly command: 'status'}
	| {
			readonly command: 'pause';
			readonly host?: string | undefined;
			/** `Date.now()` milliseconds. */
			readonly until?: number | undefined;
			readonly reason?: string | undefined;
	  }
	| {readonly command: 'resume'; readonly host?: string | undefined}
	| {readonly command: 'stop'; /** Abort what is in flight. */ readonly now?: boolean | undefined};

/**
 * An answer, as one line of JSON. Pause and stop are answered twice: at once, with `isDone` false, and when
 * nothing moves any more.
 */
export type Answer =
	| {
			readonly ok: true;
			readonly isDone: boolean;
			/** Whether it came to what was asked: a pause that was taken back did not. */
			readonly hasWorked: boolean;
			readonly status: CrawlStatus;
	  }
	| {readonly ok: false; readonly error: string};

/** Bytes of a request, at most. */
export const longestRequest = 4096;

/** Reads a request; throws an Error that says what is wrong with it. */
export function parseRequest(line: string): Request {
	const request = expectObject(readJson(line));
	switch (request['command']) {
		case 'status':
			return {command: 'status'};
		case 'pause':
			return {
				command: 'pause',
				host: optionalText(request, 'host', 300),
				until: optionalMoment(request['until']),
				reason: optionalText(request, 'reason', 100),
			};
		case 'resume':
			return {command: 'resume', host: optionalText(request, 'host', 300)};
		case 'stop':
			return {command: 'stop', now: request['now'] === true};
		default:
			throw new Error('expected a command: status, pause, resume or stop');
	}
}

function readJson(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		throw new Error('expected one line of JSON');
	}
}

function expectObject(value: unknown): Readonly<Record<string, unknown>> {
	if (typeof value === 'object' && value !== null && !Array.isArray(value))
		return value as Readonly<Record<string, unknown>>;
	throw new Error('expected an object');
}

function optionalText(
	request: Readonly<Record<string, unknown>>,
	key: string,
	longest: number,
): string | undefined {
	const value = request[key];
	if (value === undefined || value === null) return undefined;
	if (typeof value === 'string' && value.length > 0 && value.length <= longest) return value;
	throw new Error(`expected 1 to ${longest} characters for ${key}`);
}

function optionalMoment(value: unknown): number | undefined {
	if (value === undefined || value === null) return undefined;
	// What a Date can be.
	if (Number.isSafeInteger(value) && Number(value) > Date.now() && Number(value) <= 8.64e15)
		return Number(value);
	throw new Error('expected milliseconds since 1970, to come, for until');
}
