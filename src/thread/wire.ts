/**
 * How reasons and errors cross threads: by structured clone, but errors by our own code, since
 * platforms differ in what they clone of them (Node 20 turns a `DOMException` into `{}`).
 */
import {describe} from '../core/index.ts';

/** A value in a message: as it is, an error in parts, or the reason of the signal that both sides know. */
export type Wire = {readonly value: unknown} | {readonly error: WireError} | {readonly isReason: true};

interface WireError {
	/** The native class it derives from. */
	readonly type: string;
	readonly name: string;
	readonly message: string;
	readonly stack: string | undefined;
	readonly cause?: Wire;
	readonly errors?: readonly Wire[];
	readonly fields: Readonly<Record<string, Wire>>;
}

/** A signal that both sides know by other means. */
interface Aborting {
	readonly aborted: boolean;
	readonly reason: unknown;
}

const natives = {Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError};
const deepest = 8;
const apart = new Set(['name', 'message', 'stack', 'cause', 'errors']);

/** The errors around the value, outermost first, and the signal that both sides know. */
interface Way {
	readonly signal: Aborting | undefined;
	readonly path: readonly unknown[];
}

/** Encodes any value for a message. It never throws. */
export function encode(value: unknown, signal?: Aborting): Wire {
	return encodeOn(value, {signal, path: []});
}

/** Encodes a result: an error in parts, and anything else as it is, which a port may refuse. */
export function encodeResult(value: unknown): Wire {
	return isError(value) ? encode(value) : {value};
}

function encodeOn(value: unknown, way: Way): Wire {
	const {signal} = way;
	if (signal?.aborted === true && Object.is(value, signal.reason)) return {isReason: true};
	try {
		return isError(value) ? {error: encodeError(value, way)} : {value: cloned(value)};
	} catch {
		return {error: encodeError(new Error(`A value that cannot cross threads: ${say(value)}`), way)};
	}
}

// Only trying shows what a port takes. A copy made now is also safe from later changes.
function cloned(value: unknown): unknown {
	const isPlain = value === null || !['object', 'function', 'symbol'].includes(typeof value);
	return isPlain ? value : structuredClone(value);
}

function say(value: unknown): string {
	try {
		return describe(value);
	} catch {
		return 'a function that nothing can be read from';
	}
}

// Looks at the tag, and not at `instanceof`, because errors of other realms are errors, too.
function isError(value: unknown): value is Error {
	if (typeof value !== 'object' || value === null) return false;
	const tag = Object.prototype.toString.call(value);
	return tag === '[object Error]' || tag === '[object DOMException]';
}

function encodeError(error: Error, {signal, path}: Way): WireError {
	const {name, message, stack, cause, errors} = error as AggregateError;
	const own = {
		type: nativeTypeOf(error),
		name: String(name),
		message: String(message),
		stack: typeof stack === 'string' ? stack : undefined,
	};
	if (path.length === deepest || path.includes(error)) return {...own, fields: {}};
	const inner = (value: unknown): Wire => encodeOn(value, {signal, path: [...path, error]});
	return {
		...own,
		...(cause === undefined ? {} : {cause: inner(cause)}),
		...(Array.isArray(errors) ? {errors: errors.map(inner)} : {}),
		fields: encodeFields(error, inner),
	};
}

function nativeTypeOf(error: Error): string {
	if (Object.prototype.toString.call(error) === '[object DOMException]') return 'DOMException';
	let at: unknown = Object.getPrototypeOf(error);
	while (at !== null) {
		const name: unknown = (at as {constructor?: {name?: unknown}}).constructor?.name;
		if (typeof name === 'string' && (name in natives || name === 'AggregateError')) return name;
		at = Object.getPrototypeOf(at);
	}
	return 'Error';
}

function encodeFields(error: Error, inner: (value: unknown) => Wire): Record<string, Wire> {
	const fields: Record<string, Wire> = {};
	for (const [key, value] of Object.entries(error)) {
		if (apart.has(key) || typeof value === 'function' || typeof value === 'symbol') continue;
		const wire = inner(value);
		// Leaves out a field that cannot be cloned: the message does not depend on it.
		if ('value' in wire || isError(value) || 'isReason' in wire) fields[key] = wire;
	}
	return fields;
}

/** Decodes a value. If it was the reason of the signal there, it is the reason of this signal. */
export function decode(wire: Wire, signal?: Aborting): unknown {
	if ('isReason' in wire) return signal?.reason;
	return 'value' in wire ? wire.value : decodeError(wire.error, signal);
}

function decodeError(wire: WireError, signal: Aborting | undefined): Error {
	const error = createError(
		wire,
		wire.errors?.map((inner) => decode(inner, signal)),
	);
	const define = (key: string, value: unknown, enumerable = false): void =>
		void Object.defineProperty(error, key, {value, enumerable, writable: true, configurable: true});
	if (error.name !== wire.name) define('name', wire.name);
	if (wire.stack !== undefined) define('stack', wire.stack);
	if (wire.cause !== undefined) define('cause', decode(wire.cause, signal));
	for (const [key, value] of Object.entries(wire.fields)) define(key, decode(value, signal), true);
	return error;
}

function createError({type, name, message}: WireError, errors: unknown[] | undefined): Error {
	if (type === 'DOMException') return new DOMException(message, name);
	if (errors !== undefined) return new AggregateError(errors, message);
	const Native = type in natives ? natives[type as keyof typeof natives] : Error;
	return new Native(message);
}
