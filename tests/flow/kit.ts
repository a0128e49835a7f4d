import {type Leftovers as PublicLeftovers, leftOn as publicLeftOn} from 'pausable-signal/testing';
import {nodeOf} from '../../src/core/foreign.ts';

export {collectGarbage, flush, type Watched, watched} from '../core/support.ts';

/** What a user can count, and what only we can. */
export interface Leftovers extends PublicLeftovers {
	/** Children that are alive, in use or not. */
	readonly linked: number;
	readonly needs: number;
	readonly watches: number;
}

export const nothing: Leftovers = {
	listeners: 0,
	waiters: 0,
	followers: 0,
	children: 0,
	linked: 0,
	needs: 0,
	watches: 0,
};

export function leftOn(signal: AbortSignal): Leftovers {
	const {children, needs, watches, aborted} = nodeOf(signal);
	// An aborted node never counts again: its numbers are what they were.
	const counts = aborted ? {needs: 0, watches: 0} : {needs, watches};
	return {...publicLeftOn(signal), linked: children?.size ?? 0, ...counts};
}

/** All kinds of things that people abort with. `undefined` stands for the platform's own AbortError. */
export const reasons: readonly (readonly [string, unknown])[] = [
	['undefined', undefined],
	['null', null],
	['a string', 'enough'],
	['an Error', new Error('enough')],
	['a DOMException', new DOMException('enough', 'TimeoutError')],
	['a Proxy that throws at every question', hostile()],
];

/** An object of others that shows nothing of itself, but that it is no promise. */
export function hostile(): object {
	return new Proxy(
		{},
		{
			get(_target, key) {
				if (key === 'then') return undefined;
				throw new Error('a trap');
			},
			getPrototypeOf() {
				throw new Error('a trap');
			},
		},
	);
}

/** Settles with what a promise rejects with; fails when it resolves. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
	try {
		await promise;
	} catch (error) {
		return error;
	}
	throw new Error('expected a rejection');
}

/** A promise that is settled from outside. */
export class Deferred<T> {
	declare resolve: (value: T | PromiseLike<T>) => void;
	declare reject: (error: unknown) => void;
	readonly promise: Promise<T> = new Promise((resolve, reject) => {
		this.resolve = resolve;
		this.reject = reject;
	});
}

/** A thenable that is no promise. */
export function thenable<T>(then: (resolve: (value: T) => void) => void): PromiseLike<T> {
	// oxlint-disable-next-line unicorn/no-thenable -- what it is for
	return {then} as PromiseLike<T>;
}
