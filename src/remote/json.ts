import {outOfRange, wrongType} from '../core/index.ts';

/** A value that can cross to another process: JSON. */
export type Json =
	| null
	| boolean
	| number
	| string
	| readonly Json[]
	| {readonly [key: string]: Json | undefined};

const longest = 4096;

/** A reason: JSON of 4 kB at most, or undefined. Returns a copy that later changes do not reach. */
export function expectReason(name: string, value: unknown): Json | undefined {
	if (value === undefined) return undefined;
	if (!isJson(value, 0)) throw wrongType(name, 'JSON: plain objects, arrays, strings, finite numbers', value);
	const text = JSON.stringify(value);
	const size = new TextEncoder().encode(text).length;
	if (size > longest) throw outOfRange(name, `at most ${longest} bytes of JSON`, `${size} bytes`);
	return JSON.parse(text) as Json;
}

function isJson(value: unknown, depth: number): boolean {
	if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
	if (typeof value === 'number') return Number.isFinite(value);
	// Far deeper than 4 kB of text can be; a cycle ends here.
	if (typeof value !== 'object' || depth > longest / 2) return false;
	if (Array.isArray(value)) return value.every((item) => isJson(item, depth + 1));
	const prototype: unknown = Object.getPrototypeOf(value);
	// Looks at the chain's length and not at identity, because objects of other realms are plain, too.
	if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return false;
	return Object.values(value).every((item) => item === undefined || isJson(item, depth + 1));
}
