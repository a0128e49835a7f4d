/**
 * The contact of a follower with its store: reports, reads, and the lease.
 *
 * Invariants:
 *
 * 1. One report is under way at a time, so that a later one is never overtaken by an earlier one.
 * 2. The lease runs from the sending of a report: the last one that the store answered and after which
 *    nothing newer was left to read. The store's own lease begins later, and so ends later: the
 *    follower is cut off before anybody counts it as gone.
 * 3. A follower that is cut off comes back with a report within its lease and a whole read after that.
 */
import {Timer} from '../core/index.ts';
import {now} from '../time/index.ts';
import {within} from './checked-store.ts';
import {Joined} from './joined.ts';
import type {ControlStore, StoredDocument} from './store.ts';

const retryMs = 500;
// How long a member that continues without contact stays listed: until then no report is quiet.
const longLease = 24 * 3_600_000;

/** The follower that the contact belongs to. */
export interface ContactOwner {
	readonly version: number;
	status(): unknown;
	/** Takes a document that the contact has read. It misses no document read meanwhile. */
	take(found: StoredDocument): Promise<void>;
	/** The follower is out of contact, or back. */
	cutOff(isCutOff: boolean): void;
	failed(error: unknown): void;
}

export interface ContactOptions {
	/** One that answers within the lease or rejects. */
	readonly store: ControlStore;
	readonly name: string;
	readonly id: string;
	readonly leaseMs: number;
	readonly continues: boolean;
}

export class Contact {
	readonly #options: ContactOptions;
	readonly #owner: ContactOwner;
	isCutOff = false;
	#isClosed = false;
	#deadline = -Infinity;
	#deadlineTimer: Timer | undefined;
	/** The wall clock minus the monotonic one: it grows while the machine sleeps. */
	#offset = Date.now() - now();
	#beatTimer: Timer | undefined;
	#isDirty = false;
	#isSending = false;
	#sending: Promise<void> = Promise.resolve();
	#reports = 0;
	#isWhole = false;
	readonly #reads = new Joined<void>();

	constructor(options: ContactOptions, owner: ContactOwner) {
		this.#options = options;
		this.#owner = owner;
	}

	/**
	 * Reports first, then watches, then reads: an earlier pause is in the read, and a later pause
	 * counts this member. Rejects on a failure.
	 */
	async open(watch: () => Promise<void>): Promise<void> {
		const {store, name} = this.#options;
		const sentAt = now();
		await store.report(name, this.#member());
		await watch();
		await this.read(true);
		this.#extend(sentAt);
		this.report();
	}

	#member(): {id: string; status: unknown; leaseMs: number} {
		const {id, leaseMs, continues} = this.#options;
		return {id, status: this.#owner.status(), leaseMs: continues ? longLease : leaseMs};
	}

	/** Checks whether the lease has run out. It is cheap, because every checkpoint calls it. */
	look(): void {
		if (this.isCutOff || this.#isClosed || this.#deadline === -Infinity) return;
		if (now() < this.#deadline && !this.#hasSlept()) return;
		this.isCutOff = true;
		this.#owner.cutOff(true);
		this.report();
	}

	#hasSlept(): boolean {
		return Date.now() - now() - this.#offset > this.#options.leaseMs;
	}

	/** Sends a report soon. It includes all that happens until then. */
	report(): void {
		this.#isDirty = true;
		if (this.#isSending || this.#isClosed) return;
		this.#isSending = true;
		this.#sending = this.#sendAll();
	}

	async #sendAll(): Promise<void> {
		let isGood = true;
		while (this.#isDirty && isGood && !this.#isClosed) {
			// The report waits until all code of this tick has run.
			await new Promise<void>((resolve) => new Timer(resolve, 0));
			this.#isDirty = false;
			isGood = await this.#send();
		}
		this.#isSending = false;
		this.#armBeat(isGood);
	}

	#armBeat(isGood: boolean): void {
		this.#beatTimer?.cancel();
		if (this.#isClosed) return;
		const third = this.#options.leaseMs / 3;
		const isHurried = !isGood || this.isCutOff;
		this.#beatTimer = new Timer(() => this.report(), isHurried ? Math.min(third, retryMs) : third, false);
	}

	async #send(): Promise<boolean> {
		const {store, name} = this.#options;
		const sentAt = now();
		const wasCutOff = this.isCutOff;
		try {
			const version = await store.report(name, this.#member());
			// Only a whole read notices that another document of the same version has replaced the known one.
			const isDue = this.#reports++ % 3 === 0;
			if (version !== this.#owner.version || wasCutOff || isDue) await this.read(true);
			this.#extend(sentAt, wasCutOff);
			return true;
		} catch (error) {
			if (!this.#isClosed) this.#owner.failed(error);
			return false;
		}
	}

	#extend(sentAt: number, hasReadSince = true): void {
		if (this.#isClosed) return;
		this.#deadline = Math.max(this.#deadline, sentAt + this.#options.leaseMs);
		const left = this.#deadline - now();
		if (left <= 0) {
			// An answer that took too long proves nothing; the next one may.
			this.look();
			this.report();
			return;
		}
		this.#deadlineTimer?.cancel();
		this.#deadlineTimer = new Timer(() => this.look(), left, false);
		if (this.isCutOff && !hasReadSince) return this.report();
		this.#offset = Date.now() - now();
		if (!this.isCutOff) return;
		this.isCutOff = false;
		this.#owner.cutOff(false);
	}

	/**
	 * Reads after this call; the calls of one tick share one read. Unless `isWhole` is set, the store
	 * sends no data for a document of the known version. Rejects when the store does.
	 */
	read(isWhole: boolean): Promise<void> {
		this.#isWhole ||= isWhole;
		return this.#reads.ask(() => this.#readNow());
	}

	/** Resolves when all requested reads are done. Rejects if the last one failed. */
	settled(): Promise<void> {
		return this.#reads.settled();
	}

	async #readNow(): Promise<void> {
		if (this.#isClosed) return;
		const {store, name} = this.#options;
		const since = this.#isWhole ? undefined : this.#owner.version;
		this.#isWhole = false;
		const found = await store.read(name, since);
		if (found !== undefined) await this.#owner.take(found);
	}

	/** Leaves: no timer stays, and the reports no longer count this member. */
	async close(): Promise<void> {
		this.#isClosed = true;
		this.#beatTimer?.cancel();
		this.#deadlineTimer?.cancel();
		const {store, name, id} = this.#options;
		// If the store does not answer, it forgets the member when the lease has run out.
		const leave = async (): Promise<unknown> => {
			// Calls may overtake each other, and a late report would bring the member back.
			await this.#sending;
			return store.report(name, {id, status: null, leaseMs: 0});
		};
		await within(1000, leave, {keepAlive: false}).catch(() => {});
	}
}
