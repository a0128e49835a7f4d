import {once} from 'node:events';
import {fstatSync, writeSync} from 'node:fs';
import {jsonLine} from './display.ts';
import type {PageRecord} from './status.ts';

/** What of a stream an export needs. */
export interface Sink {
	/** The descriptor of a process's stream. */
	readonly fd?: number;
	write(text: string): boolean | void;
	on(event: string, listener: (error: unknown) => void): unknown;
	once(event: string, listener: () => void): unknown;
	off(event: string, listener: (error: unknown) => void): unknown;
}

const columns = [
	'url',
	'finalUrl',
	'ending',
	'status',
	'contentType',
	'bytes',
	'title',
	'depth',
	'from',
	'fetchedAt',
	'ms',
	'attempts',
	'error',
] as const satisfies readonly (keyof PageRecord)[];

const portion = 64 * 1024;

/** The pages as text, one a line, in the order of the columns. */
export function* exported(pages: Iterable<PageRecord>, format: 'jsonl' | 'csv'): Generator<string> {
	if (format === 'csv') yield csvLine(columns);
	for (const page of pages) {
		const values = columns.map((column) => page[column]);
		if (format === 'csv') yield csvLine(values);
		else yield jsonLine(Object.fromEntries(columns.map((column, index) => [column, values[index]])));
	}
}

/** A line by RFC 4180. What a spreadsheet would take for a formula starts with an apostrophe instead. */
export function csvLine(values: readonly (string | number | undefined)[]): string {
	return `${values.map(csvField).join(',')}\r\n`;
}

function csvField(value: string | number | undefined): string {
	if (typeof value !== 'string') return value === undefined ? '' : String(value);
	const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
	return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Writes the lines as fast as they are read, and holds no more than a portion of them. Resolves `false` when
 * the reader went away; rejects with any other error of the sink, such as a full disk.
 */
export async function writeAll(sink: Sink, lines: Iterable<string>): Promise<boolean> {
	if (sink.fd !== undefined && fstatSync(sink.fd).isFile()) return writeFile(sink.fd, lines);
	const failed = new AbortController();
	const fail = (error: unknown): void => failed.abort(error);
	sink.on('error', fail);
	try {
		for (const text of portions(lines)) {
			failed.signal.throwIfAborted();
			if (sink.write(text) === false) await once(sink as never, 'drain', {signal: failed.signal});
		}
		// The error of the last write comes a moment later.
		await new Promise((resolve) => setImmediate(resolve));
		failed.signal.throwIfAborted();
		return true;
	} catch (error) {
		if (isReaderGone(failed.signal.reason)) return false;
		throw failed.signal.aborted ? failed.signal.reason : error;
	} finally {
		// What comes later has nobody to tell.
		sink.off('error', fail);
	}
}

/** Whoever read a stream went away, as `| head` does: no fault of anybody. */
export function isReaderGone(error: unknown): boolean {
	const code = (error as {code?: unknown} | undefined)?.code;
	return code === 'EPIPE' || code === 'ECONNRESET' || code === 'EIO';
}

// A disk that is nearly full takes a part of a write without an error, and Node's stream does not look.
function writeFile(fd: number, lines: Iterable<string>): true {
	for (const text of portions(lines)) {
		const bytes = Buffer.from(text);
		for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
	}
	return true;
}

function* portions(lines: Iterable<string>): Generator<string> {
	let text = '';
	for (const line of lines) {
		text += line;
		if (text.length < portion) continue;
		yield text;
		text = '';
	}
	if (text !== '') yield text;
}
