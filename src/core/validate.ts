/** Says what a caller passed, for an error message: `-1 (number)`, `'x' (string)`, `null`. */
export function describe(value: unknown): string {
	if (value === null || value === undefined) return String(value);
	switch (typeof value) {
		case 'string':
			return `'${value}' (string)`;
		case 'bigint':
			return `${value}n (bigint)`;
		case 'function':
			return `${value.name || 'anonymous'} (function)`;
		case 'object':
			return `${Object.prototype.toString.call(value)} (object)`;
		default:
			return `${String(value)} (${typeof value})`;
	}
}

/** The error for a value of the wrong type. */
export function wrongType(name: string, expected: string, value: unknown): TypeError {
	return new TypeError(`${name}: expected ${expected}, got ${describe(value)}`);
}

/** The error for a value of the right type that is out of range. */
export function outOfRange(name: string, expected: string, value: unknown): RangeError {
	return new RangeError(`${name}: expected ${expected}, got ${describe(value)}`);
}

/** A duration in milliseconds: zero or more, `Infinity` allowed. */
export function expectMilliseconds(name: string, value: unknown): number {
	const expected = 'a number of milliseconds, 0 or more';
	if (typeof value !== 'number') throw wrongType(name, expected, value);
	if (!(value >= 0)) throw outOfRange(name, expected, value);
	return value;
}

/** A count: a whole number from `least` on, `Infinity` allowed. */
export function expectCount(name: string, value: unknown, least = 1): number {
	const expected = `a whole number, ${least} or more`;
	if (typeof value !== 'number') throw wrongType(name, expected, value);
	if (value !== Infinity && !(Number.isInteger(value) && value >= least))
		throw outOfRange(name, expected, value);
	return value;
}

export function expectFunction(name: string, value: unknown): void {
	if (typeof value !== 'function') throw wrongType(name, 'a function', value);
}

/** One of a few words. */
export function expectOneOf<T extends string>(name: string, words: readonly T[], value: unknown): T {
	if (words.includes(value as T)) return value as T;
	const expected = words.map((word) => `'${word}'`).join(' or ');
	throw typeof value === 'string' ? outOfRange(name, expected, value) : wrongType(name, expected, value);
}

/** An options object; `undefined` stands for none. */
export function expectOptions(name: string, value: unknown): void {
	if (value !== undefined && (typeof value !== 'object' || value === null))
		throw wrongType(name, 'an object', value);
}

// By shape and not by `instanceof`: signals of other realms and of polyfills are signals too.
export function isAbortSignal(value: unknown): value is AbortSignal {
	return (
		typeof value === 'object' &&
		value !== null &&
		typeof (value as AbortSignal).aborted === 'boolean' &&
		typeof (value as AbortSignal).addEventListener === 'function'
	);
}

export function expectSignal(name: string, value: unknown): AbortSignal {
	if (!isAbortSignal(value)) throw wrongType(name, 'an AbortSignal', value);
	return value;
}
