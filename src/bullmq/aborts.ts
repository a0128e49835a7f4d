/**
 * The aborts that a worker carries through among the jobs that have not begun.
 *
 * Invariants:
 *
 * 1. From the moment an abort arrives until the queue has nothing left of it, a job that it concerns and
 *    that comes up fails.
 * 2. An abort concerns no job that was added after it: its scope can be entered again.
 * 3. Jobs that some worker has when the abort arrives are known by their ids until they have ended: they
 *    fail if they come up again, and are removed if they wait again. Their worker may have died, may be
 *    about to return them, or may have sent an answer that has not arrived yet.
 * 4. An abort that found no worker ends only when those jobs have ended.
 */
import {Timer} from '../core/index.ts';
import type {RemoteAbort, RemoteScope} from '../remote/index.ts';
import type {Known, Stored, WaitingRoom} from './waiting-room.ts';

// Producers' clocks against the store's.
const clockSlack = 1000;
// How often it looks whether the jobs of other workers have ended; twice as long each time.
const shortestMs = 250;
const longestMs = 2000;

export interface AbortsOwner {
	readonly room: WaitingRoom;
	scopeOf(job: Stored): RemoteScope;
	/** Tries until it succeeds. Rejects once the owner closes. */
	insist<T>(attempt: () => Promise<T>): Promise<T>;
	isClosing(): boolean;
}

export class Aborts {
	readonly #owner: AbortsOwner;
	readonly #orders = new Map<string, RemoteAbort>();
	/** Id → a job that some worker had when the abort came. */
	readonly #rest = new Map<string, {readonly order: RemoteAbort; readonly timestamp: number}>();

	constructor(owner: AbortsOwner) {
		this.#owner = owner;
	}

	/** The abort that concerns a job, if it has not ended. */
	find(scope: RemoteScope, added: number): RemoteAbort | undefined {
		const earlier = this.#rest.get(scope.job ?? '');
		// A later job may have the same id.
		if (earlier?.timestamp === added) return earlier.order;
		if (this.#orders.size === 0) return undefined;
		return [...this.#orders.values()].find((order) => isMeant(order, scope, added));
	}

	/** Removes what waits. Resolves when nothing is left but what workers have. */
	async obey(order: RemoteAbort): Promise<void> {
		const {room, scopeOf, insist} = this.#owner;
		const isIn = (job: Stored): boolean => isMeant(order, scopeOf(job), job.timestamp);
		let outlasted: Promise<void>;
		this.#orders.set(order.id, order);
		try {
			const {removed, active} = await insist(() => room.remove(isIn));
			// On Postgres a job that is removed may come up all the same, if it did so at that moment.
			for (const {id, timestamp} of [...removed, ...active]) this.#rest.set(id, {order, timestamp});
			outlasted = this.#outlast(removed, active);
		} finally {
			this.#orders.delete(order.id);
		}
		if (order.left === true) return outlasted;
		outlasted.catch(() => {});
	}

	/** Resolves when none of these jobs can come up again. */
	async #outlast(removed: readonly Known[], active: readonly Known[]): Promise<void> {
		const {room, insist, isClosing} = this.#owner;
		let left = [...removed, ...active];
		let asked = active;
		for (let ms = shortestMs; left.length > 0; ms = Math.min(ms * 2, longestMs)) {
			await new Promise<void>((resolve) => new Timer(resolve, ms, false));
			if (isClosing()) throw new Error('The worker was closed');
			asked = await insist(() => room.removeAgain(asked));
			const still = new Set(asked.map(({id}) => id));
			for (const {id} of left) if (!still.has(id)) this.#rest.delete(id);
			left = [...asked];
		}
	}
}

function isMeant({at = Infinity, scope}: RemoteAbort, {set = [], job}: RemoteScope, added: number): boolean {
	const sets = typeof set === 'string' ? [set] : set;
	const scopes = ['*', ...sets.map((one) => `set:${one}`), `job:${job}`];
	return added <= at + clockSlack && scopes.includes(scope);
}
