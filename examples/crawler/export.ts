import {once} from 'node:events';
import {jsonLine} from './display.ts';
import type {PageRecord} from './status.ts';

/** What of a stream an export needs. */
export interface Sink {
	write(text: string): boolean | void;
	on(event: string, listener: () => void): unknown;
	once(event: string, listener: () => void): unknown;
	off(event: string, listener: () => void): unknown;
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
 * the reader went away.
 */
export async function writeAll(sink: Sink, lines: Iterable<string>): Promise<boolean> {
	const closed = new AbortController();
	const close = (): void => closed.abort();
	sink.on('error', close);
	try {
		for (const text of portions(lines)) {
			if (closed.signal.aborted) return false;
			if (sink.write(text) === false) await once(sink as never, 'drain', {signal: closed.signal});
		}
		// The error of the last write comes a moment later.
		await new Promise((resolve) => setImmediate(resolve));
		return !closed.signal.aborted;
	} catch (error) {
		if (closed.signal.aborted) return false;
		throw error;
	}
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
