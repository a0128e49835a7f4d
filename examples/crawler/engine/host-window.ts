import type {Host} from './host.ts';
import type {SavedHost} from './hosts-table.ts';
import type {Store} from './store.ts';

const portion = 32;

/**
 * The hosts that are in memory: some of those with something to do, and all that are held. What each of
 * them has in memory is limited, too: the rest waits on the disk.
 */
export class HostWindow {
	readonly #store: Store;
	readonly #most: number;
	readonly #load: (saved: SavedHost) => Host;
	readonly #hosts = new Map<number, Host>();
	readonly #held = new Set<Host>();
	#lastLoaded = 0;
	#mayLeaveSome = true;

	constructor(store: Store, most: number, load: (saved: SavedHost) => Host) {
		this.#store = store;
		this.#most = most;
		this.#load = load;
	}

	[Symbol.iterator](): Iterator<Host> {
		return this.#hosts.values();
	}

	get size(): number {
		return this.#hosts.size;
	}

	/** Visits, and requests for robots.txt, that move or are held. */
	get underWay(): {visits: number; loads: number} {
		let [visits, loads] = [0, 0];
		for (const host of this.#hosts.values()) {
			visits += host.running;
			if (host.isLoading) loads++;
		}
		return {visits, loads};
	}

	/** Visits that are in the queue. */
	get queued(): number {
		let sum = 0;
		for (const host of this.#hosts.values()) sum += host.queued;
		return sum;
	}

	/** Hosts of this name, in memory from now on. */
	named(name: string): Host[] {
		return this.#store.hosts.named(name).map((saved) => this.#add(saved));
	}

	/** Takes hosts in that have something to do, while there is room. */
	fill(): void {
		for (const id of this.#store.hosts.takeNews()) if (!this.#hosts.has(id)) this.#mayLeaveSome = true;
		let laps = 0;
		while (this.#mayLeaveSome && this.#hasRoom) {
			const next = this.#store.hosts.waiting(this.#lastLoaded, portion);
			for (const saved of next) {
				this.#lastLoaded = saved.id;
				if (this.#hasRoom) this.#add(saved).feed();
			}
			if (next.length === portion) continue;
			this.#lastLoaded = 0;
			if (++laps > 1) this.#mayLeaveSome = false;
		}
	}

	get #hasRoom(): boolean {
		return this.#hosts.size - this.#held.size < this.#most;
	}

	#add(saved: SavedHost): Host {
		let host = this.#hosts.get(saved.id);
		if (host === undefined) {
			host = this.#load(saved);
			this.#hosts.set(saved.id, host);
			this.noteHeld(host);
		}
		return host;
	}

	/** To be called when a host may be held or not. */
	noteHeld(host: Host): void {
		if (host.holds.length > 0) this.#held.add(host);
		else this.#held.delete(host);
	}

	/** A host has nothing to do. */
	drop(host: Host): void {
		if (host.holds.length > 0 || host.running > 0) return;
		host.drop();
		this.#hosts.delete(host.id);
		this.#held.delete(host);
		this.fill();
	}

	/** Whether some gave no answer for so long that what waits there waits for the next run. */
	get hasGivenUp(): boolean {
		return this.givenUp.length > 0;
	}

	get givenUp(): Host[] {
		return [...this.#held].filter((host) => host.isGivenUp);
	}

	feed(): void {
		for (const host of this.#hosts.values()) host.feed();
	}

	abortHeld(reason: unknown): void {
		for (const host of this.#held) host.abortHeld(reason);
	}
}
