import {contentLengthOf, type ContentRange, contentRangeOf, unsatisfiedTotalOf} from './range.ts';
import {retryAfterOf} from './retry-after.ts';
import type {Requester} from './requester.ts';
import type {TransferErrorCode} from './errors.ts';
import {differs, isStrong, type Version, validatorsOf, versionOf} from './version.ts';

/** What the first answer says about the resource. */
export interface FirstAnswer {
	/** Position in the resource of the first byte of the body. */
	readonly offset: number;
	/** Position after its last byte, when known. */
	readonly end: number | undefined;
	/** Length of the whole resource, when known. */
	readonly total: number | undefined;
	readonly version: Version;
	/** Why the transfer cannot be resumed; undefined if it can. */
	readonly fault: string | undefined;
}

export function readFirst(requester: Requester, response: Response): FirstAnswer {
	const {headers, status} = response;
	const length = isEncoded(requester, response) ? undefined : contentLengthOf(headers);
	const range = status === 206 ? rangeOf(headers, length) : undefined;
	const version = versionOf(headers);
	const fault = findFault(requester, response, version);
	if (range === undefined) return {offset: 0, end: length, total: length, version, fault};
	return {offset: range.first, end: range.last + 1, total: range.total, version, fault};
}

// A range whose length is not the body's length says nothing about the body.
function rangeOf(headers: Headers, length: number | undefined): ContentRange | undefined {
	const range = contentRangeOf(headers);
	const isMeant = range === undefined || length === undefined || range.last + 1 - range.first === length;
	return isMeant ? range : undefined;
}

// The bytes that we read are decoded, so the headers tell another length. A page of another origin may
// not see the coding: there it is enough that the request asked for identity alone.
function isEncoded(requester: Requester, {headers, type}: Response): boolean {
	return hasCoding(headers) || (type === 'cors' && !requester.asksForIdentity);
}

function hasCoding(headers: Headers): boolean {
	const coding = headers.get('content-encoding')?.trim().toLowerCase();
	return coding !== undefined && coding !== '' && coding !== 'identity';
}

function findFault(requester: Requester, response: Response, version: Version): string | undefined {
	const {headers, status} = response;
	if (requester.method !== 'GET') return `the method is ${requester.method}`;
	if (!requester.canAskForRange) return 'the caller asked for a part, or for the integrity of the whole';
	if (status !== 200 && status !== 206) return `the status was ${status}`;
	if (status === 206 && !isWhole(response)) return 'the server sent a part that nobody asked for';
	if (hasCoding(headers)) return 'the body is encoded';
	if (status === 200 && !takesRanges(headers)) return 'the server takes no ranges';
	if (validatorsOf(version).length === 0) return 'the server gave neither a strong ETag nor a certain date';
	return undefined;
}

function takesRanges(headers: Headers): boolean {
	const units = headers.get('accept-ranges')?.toLowerCase().split(',') ?? [];
	return units.some((unit) => unit.trim() === 'bytes');
}

/** Whether a 206 brings all of the resource. */
export function isWhole(response: Response): boolean {
	const range = contentRangeOf(response.headers);
	return range !== undefined && range.first === 0 && range.last + 1 === range.total;
}

/** What is known of the resource when a later answer comes. */
export interface Known {
	/** Position of the first byte that was asked for. */
	readonly position: number;
	readonly total: number | undefined;
	readonly version: Version;
	/** The validator that was sent in `If-Range`. */
	readonly validator: string;
}

/** What a later answer means. */
export type Verdict =
	| {readonly kind: 'body'; readonly skip: number; readonly limit: number; readonly total: number | undefined}
	| {readonly kind: 'complete'}
	/** The server does not accept this validator, and may accept another. */
	| {readonly kind: 'unmoved'; readonly total: number | undefined}
	/** A failed attempt; the server may have asked for this many milliseconds before the next one. */
	| {readonly kind: 'again'; readonly fault: string; readonly status: number; readonly delayMs: number}
	| {
			readonly kind: 'fail';
			readonly code: TransferErrorCode;
			readonly fault: string;
			readonly status?: number;
			/** The answer names no version: it may come from somebody else, such as a captive portal. */
			readonly isUnproven?: boolean;
	  };

export function judge(response: Response, known: Known): Verdict {
	const {status} = response;
	if (status === 206) return judgePart(response.headers, known);
	if (status === 200) return judgeWhole(response.headers, known);
	if (status === 416) return judgeUnsatisfied(response.headers, known);
	const fault = `the server answered ${status} ${response.statusText}`.trimEnd();
	if (status === 408 || status === 429 || status >= 500)
		return {kind: 'again', fault, status, delayMs: retryAfterOf(response.headers)};
	return {kind: 'fail', code: 'ERR_STATUS', fault, status};
}

const changed = (fault: string) => ({kind: 'fail', code: 'ERR_CHANGED', fault}) as const;

function isNameless(headers: Headers): boolean {
	return !headers.has('etag') && !headers.has('last-modified');
}

function judgePart(headers: Headers, {position, total, version}: Known): Verdict {
	const range = contentRangeOf(headers);
	if (range === undefined || range.first !== position || hasCoding(headers)) {
		const given = headers.get('content-range') ?? 'no Content-Range';
		const fault = `bytes from ${position} on were asked for, and the server answered with ${given}`;
		return {kind: 'fail', code: 'ERR_BAD_RANGE', fault};
	}
	if (differs(version, headers)) return changed('it has another ETag or Last-Modified than before');
	if (total !== undefined && range.total !== undefined && total !== range.total)
		return changed(`it is ${range.total} bytes long, and was ${total}`);
	return {kind: 'body', skip: 0, limit: range.last + 1, total: range.total ?? total};
}

function judgeWhole(headers: Headers, {position, total, version, validator}: Known): Verdict {
	const length = contentLengthOf(headers);
	const isSame = isStrong(version.etag) && headers.get('etag') === version.etag && !hasCoding(headers);
	if (!isSame && isNameless(headers))
		return {...changed('the server sent all of it, and no version'), isUnproven: true};
	if (!isSame) return changed('the server sent all of it, and not as the same version');
	if (total !== undefined && length !== undefined && total !== length)
		return changed(`it is ${length} bytes long, and was ${total}`);
	const untried = validatorsOf(version).at(-1);
	if (validator === version.etag && untried !== validator) return {kind: 'unmoved', total: length};
	return {kind: 'body', skip: position, limit: length ?? Infinity, total: length ?? total};
}

function judgeUnsatisfied(headers: Headers, {position, total, version}: Known): Verdict {
	const length = unsatisfiedTotalOf(headers);
	if (length !== position || (total !== undefined && total !== position) || differs(version, headers))
		return changed(`the server has no byte ${position}`);
	return {kind: 'complete'};
}
