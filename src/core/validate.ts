/** Describes an argument for an error message: `-1 (number)`, `'x' (string)`, `Map (object)`. */
export function describe(value: unknown): string {
	if (value === null || value === undefined) return String(value);
	return typeof value === 'object' ? describeObject(value) : `${show(value)} (${typeof value})`;
}

function show(value: {}): string {
	if (typeof value === 'string') return `'${value}'`;
	return typeof value === 'function' ? value.name || 'anonymous' : String(value);
}

function describeObject(value: object): string {
	if (isAbortSignal(value)) return 'an AbortSignal';
	if (Array.isArray(value)) return 'an array';
	const unknown = 'Object (object)';
	try {
		const {name} = value.constructor;
		return name === '' ? unknown : `${name} (object)`;
	} catch {
		// It has no class, or throws at every access.
		return unknown;
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

/** A number of bytes, `Infinity` allowed. */
export function expectBytes(name: string, value: unknown): number {
	const expected = 'a number of bytes, 0 or more';
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

export function expectBoolean(name: string, value: unknown): boolean {
	if (typeof value !== 'boolean') throw wrongType(name, 'a boolean', value);
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

/**
 * An options object; `undefined` stands for none, and `example` says what one looks like. A signal
 * instead of the options would be ignored silently, so it is refused like any other wrong value.
 */
export function expectOptions(name: string, value: unknown, example = '{signal}'): void {
	if (value === undefined) return;
	const isRefused = typeof value !== 'object' || value === null || Array.isArray(value);
	if (isRefused || isAbortSignal(value)) throw wrongType(name, `an object such as ${example}`, value);
}

/** Keeps the type checker from taking a signal, which shares a name with some options, for options. */
export interface NotASignal {
	/** There is none. */
	readonly aborted?: never;
}

// Checks the shape, and not `instanceof`, because signals of other realms and of polyfills are signals, too.
export function isAbortSignal(value: unknown): value is AbortSignal {
	try {
		const {aborted, addEventListener} = (value ?? {}) as AbortSignal;
		return typeof aborted === 'boolean' && typeof addEventListener === 'function';
	} catch {
		// The platform's getters refuse an object that only inherits from a signal.
		return false;
	}
}

/** Whether a value is a `Date` of any realm: the method works only on those. */
export function isDate(value: unknown): value is Date {
	if (typeof value !== 'object') return false;
	try {
		Date.prototype.getTime.call(value);
		return true;
	} catch {
		return false;
	}
}

/** The time of a valid `Date`. */
export function expectTime(name: string, date: Date): number {
	const time = Date.prototype.getTime.call(date);
	if (Number.isNaN(time)) throw outOfRange(name, 'a valid Date', date);
	return time;
}

/** The time at which something ends on its own: a valid `Date`, milliseconds, or `undefined` for never. */
export function expectUntil(until: unknown): Date | number | undefined {
	if (until === undefined) return undefined;
	if (!isDate(until)) return expectMilliseconds('until', until);
	expectTime('until', until);
	return until;
}

export function expectSignal(name: string, value: unknown): AbortSignal {
	if (!isAbortSignal(value)) throw wrongType(name, 'an AbortSignal', value);
	return value;
}
