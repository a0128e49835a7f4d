/**
 * The aborts that a worker carries through among the jobs that have not begun.
 *
 * Invariants:
 *
 * 1. From the moment an abort arrives until the queue has nothing left of it, a job that it concerns and
 *    that comes up fails.
 * 2. An abort concerns no job that was added after it: its scope can be entered again.
 * 3. An abort that found no worker ends only when no job that it concerns is active: workers that died or
 *    have not joined yet may have some, and those come up once more.
 */
import {Timer} from '../core/index.ts';
import type {RemoteAbort, RemoteScope} from '../remote/index.ts';
import type {Stored, WaitingRoom} from './waiting-room.ts';

// Producers' clocks against the store's.
const clockSlack = 1000;
const activeMs = 250;

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

	constructor(owner: AbortsOwner) {
		this.#owner = owner;
	}

	/** The abort under way that concerns a job. */
	find(scope: RemoteScope, added: number): RemoteAbort | undefined {
		if (this.#orders.size === 0) return undefined;
		return [...this.#orders.values()].find((order) => isMeant(order, scope, added));
	}

	/** Removes what waits. Resolves when nothing is left. */
	async obey(order: RemoteAbort): Promise<void> {
		const {room, scopeOf, insist} = this.#owner;
		const isIn = (job: Stored): boolean => isMeant(order, scopeOf(job), job.timestamp);
		this.#orders.set(order.id, order);
		try {
			await insist(() => room.remove(isIn));
			if (order.left === true) await insist(() => this.#outlast(isIn));
		} finally {
			this.#orders.delete(order.id);
		}
	}

	async #outlast(isIn: (job: Stored) => boolean): Promise<void> {
		while (await this.#owner.room.hasActive(isIn)) {
			await new Promise<void>((resolve) => new Timer(resolve, activeMs, false));
			if (this.#owner.isClosing()) throw new Error('The worker was closed');
		}
	}
}

function isMeant({at = Infinity, scope}: RemoteAbort, {set = [], job}: RemoteScope, added: number): boolean {
	const sets = typeof set === 'string' ? [set] : set;
	const scopes = ['*', ...sets.map((one) => `set:${one}`), `job:${job}`];
	return added <= at + clockSlack && scopes.includes(scope);
}
