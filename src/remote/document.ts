/**
 * The document of a fleet: its holds, and the aborts under way. All functions are pure.
 *
 * Invariants:
 *
 * 1. Every written document has an `id` of its own, and its `trail` names the documents before it,
 *    latest first. Versions alone cannot tell it from a document written after a store lost it.
 * 2. A document that mends a loss has both its sources behind a `gap` in its trail: the documents
 *    after the gap need not contain all that this one contains.
 * 3. A hold keeps its `key` from the write that places it to the write that removes it.
 */
import {outOfRange, wrongType} from '../core/index.ts';
import type {Json} from './json.ts';

/** The scopes of holds and orders: everything, a set, or one job. */
export type Scope = '*' | `set:${string}` | `job:${string}`;

/** The scopes of a task besides the whole. */
export interface RemoteScope {
	/** The set or sets that it is in: a tenant, a host. */
	readonly set?: string | readonly string[] | undefined;
	/** The job that it is. */
	readonly job?: string | undefined;
}

/** A hold that is in force. */
export interface RemoteHoldInfo {
	readonly id: string;
	readonly scope: string;
	readonly reason?: Json | undefined;
	/** When it was placed, in milliseconds of the store's clock. */
	readonly since: number;
	/** When it ends on its own, on the same clock. */
	readonly until?: number | undefined;
	/** The name of whoever placed it. */
	readonly by: string;
}

export interface Hold extends RemoteHoldInfo {
	readonly key?: string | undefined;
}

/** The order to abort. */
export interface Order {
	readonly id: string;
	readonly scope: string;
	readonly reason?: Json | undefined;
	/** The time of the order, on the store's clock. */
	readonly at?: number | undefined;
	/** Whether nobody was there to obey it: the first that can does so when it joins, and takes it out. */
	readonly left?: boolean | undefined;
}

export interface FleetDocument {
	readonly id: string;
	readonly holds: readonly Hold[];
	readonly orders: readonly Order[];
	readonly trail?: readonly string[] | undefined;
	/** When a loss was mended, and for how many milliseconds its witnesses may be missing. */
	readonly recovered?: {readonly at: number; readonly for: number} | undefined;
}

export interface Versioned {
	readonly version: number;
	readonly document: FleetDocument;
}

/** The changes of an edit; the rest stays. */
export type Draft = Partial<Pick<FleetDocument, 'holds' | 'orders'>>;

export const empty: FleetDocument = {id: '', holds: [], orders: []};

const gap = '|';
const trailLength = 64;
const mostHolds = 10_000;
const hour = 3_600_000;
// Longer than any clock is wrong: for its followers the hold is over long before.
const keepsEnded = 2 * hour;
const keepsOrders = 24 * hour;

export function newId(): string {
	return crypto.randomUUID().slice(0, 13);
}

export function expectName(name: string, value: unknown): string {
	if (typeof value !== 'string') throw wrongType(name, 'a string', value);
	if (value === '') throw outOfRange(name, 'a string that is not empty', value);
	return value;
}

/** The scopes of a task, each once. */
export function scopesOf(scope: RemoteScope | undefined): readonly Scope[] {
	if (scope === undefined) return [];
	if (typeof scope !== 'object' || scope === null) throw wrongType('scope', 'an object', scope);
	const {set = [], job} = scope;
	const sets: readonly unknown[] = Array.isArray(set) ? set : [set];
	const scopes = new Set<Scope>(sets.map((one): Scope => `set:${expectName('set', one)}`));
	if (job !== undefined) scopes.add(`job:${expectName('job', job)}`);
	return [...scopes];
}

/** Reads a document from a store. Throws a `TypeError` if it is none. */
export function parse(name: string, state: unknown): FleetDocument {
	if (state === undefined || state === null) return empty;
	const document = state as FleetDocument;
	const isOne = typeof document.id === 'string' && isList(document.holds) && isList(document.orders);
	if (!isOne) throw wrongType(`the document of '${name}'`, '{id, holds, orders}', state);
	return document;
}

function isList(value: unknown): boolean {
	return (
		Array.isArray(value) &&
		value.every((one: {id?: unknown; scope?: unknown} | null) => typeof one?.scope === 'string')
	);
}

/** A document with other holds or orders, without those that are over. Throws if there are too many. */
export function edited(document: FleetDocument, draft: Draft, now: number): FleetDocument {
	const {holds = document.holds, orders = document.orders} = draft;
	return {
		...document,
		holds: expectRoom('holds', withoutEnded(holds, now)),
		orders: expectRoom('orders', withoutOld(orders, now)),
	};
}

/** The document that follows from another, with these holds and orders. */
export function succeed(
	previous: FleetDocument,
	{holds, orders}: Required<Draft>,
	now: number,
): FleetDocument {
	const {recovered} = previous;
	return {
		id: newId(),
		holds,
		orders,
		trail: [previous.id, ...(previous.trail ?? [])].slice(0, trailLength),
		...(recovered !== undefined && recovered.at + recovered.for > now && {recovered}),
	};
}

function withoutEnded(holds: readonly Hold[], now: number): readonly Hold[] {
	const grace = holds.length > mostHolds / 2 ? 0 : keepsEnded;
	return holds.filter(({until}) => until === undefined || until + grace > now);
}

function withoutOld(orders: readonly Order[], now: number): readonly Order[] {
	return orders.filter(({at}) => at === undefined || at + keepsOrders > now);
}

function expectRoom<T>(name: string, list: readonly T[]): readonly T[] {
	if (list.length > mostHolds) throw outOfRange(name, `at most ${mostHolds} of one fleet`, list.length);
	return list;
}

export function withoutOrder(orders: readonly Order[], id: string): readonly Order[] {
	return orders.filter((one) => one.id !== id);
}

/** Leaves an order to whoever joins. It asks for all that an earlier one of its scope did. */
export function withOrderLeft(
	orders: readonly Order[],
	order: Pick<Order, 'id' | 'scope'>,
): readonly Order[] {
	const others = orders.filter(({left, scope}) => left !== true || scope !== order.scope);
	return others.map((one) => (one.id === order.id ? {...one, left: true} : one));
}

/** Whether nothing of `known` can have been lost on the way to `found`. */
export function follows(found: Versioned, known: Versioned): boolean {
	if (found.version === known.version) return found.document.id === known.document.id;
	if (found.version < known.version) return false;
	const {trail} = found.document;
	// Without a trail, or with one too short to tell, compare the versions.
	if (trail === undefined || trail.length >= trailLength) return true;
	return known.document.id === '' || trail.includes(known.document.id);
}

/**
 * The ids of documents that surely contain the changes of `since`: `document`, and those between the
 * two. If its trail does not name `since`, only `document`.
 */
export function idsSince(document: FleetDocument, since: string): ReadonlySet<string> {
	const trail = document.trail ?? [];
	const all = [document.id, ...(trail.includes(gap) ? trail.slice(0, trail.indexOf(gap)) : trail)];
	return new Set(all.slice(0, Math.max(1, all.indexOf(since) + 1)));
}

/**
 * Mends a loss: the union of the known document and the found one, for a version above both.
 *
 * A hold released in only one of them comes back: somebody sees it in `status()` and releases it
 * again. Otherwise work could run that somebody holds.
 */
export function union(
	known: FleetDocument,
	found: FleetDocument,
	now: number,
	leaseMs: number,
): FleetDocument {
	const holds = both(known.holds, found.holds, ({id, scope}) => `${scope} ${id}`);
	const trail = [gap, found.id, known.id, ...(found.trail ?? []), ...(known.trail ?? [])];
	return {
		id: newId(),
		holds: holds.slice(0, mostHolds),
		orders: both(known.orders, found.orders, ({id}) => id),
		trail: [...new Set(trail)].slice(0, trailLength),
		recovered: {at: now, for: leaseMs},
	};
}

function both<T>(known: readonly T[], found: readonly T[], keyOf: (one: T) => string): readonly T[] {
	return [...new Map([...found, ...known].map((one) => [keyOf(one), one])).values()];
}

/** Whether the mended document would hold or order nothing that the found one does not. */
export function covers(found: FleetDocument, known: FleetDocument): boolean {
	const there = new Set(found.holds.map(({id, scope}) => `${scope} ${id}`));
	return known.holds.every(({id, scope}) => there.has(`${scope} ${id}`));
}

/** The hold as callers see it. */
export function infoOf({id, scope, reason, since, until, by}: Hold): RemoteHoldInfo {
	return {
		id,
		scope,
		since,
		by,
		...(reason !== undefined && {reason}),
		...(until !== undefined && {until}),
	};
}
