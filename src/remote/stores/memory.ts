import type {ControlStore, StoredDocument, StoreMember} from '../store.ts';

interface Fleet {
	version: number;
	text: string | undefined;
	readonly members: Map<string, {readonly text: string; readonly until: number}>;
	readonly watchers: Set<() => void>;
}

/**
 * A store within this process: for tests, and for work that may move to other processes later.
 *
 * It copies what it stores, as any other store does. Hints come in a microtask of their own.
 *
 * @example
 * ```ts
 * import {memoryStore, RemoteController} from 'pausable-signal/remote';
 *
 * const crawl = new RemoteController(memoryStore(), 'crawl');
 * await crawl.hold('disk is full');
 * (await crawl.status()).holds[0]?.reason; // => 'disk is full'
 * ```
 */
export function memoryStore(): ControlStore {
	const fleets = new Map<string, Fleet>();
	const fleetOf = (name: string): Fleet => {
		const fleet = fleets.get(name) ?? {
			version: 0,
			text: undefined,
			members: new Map(),
			watchers: new Set(),
		};
		fleets.set(name, fleet);
		return fleet;
	};
	return {
		async read(name, since) {
			const {version, text} = fleetOf(name);
			return version === since ? undefined : documentOf(version, text);
		},
		async write(name, expected, next) {
			const fleet = fleetOf(name);
			if (fleet.version !== expected) return false;
			fleet.version = next.version;
			fleet.text = JSON.stringify(next.state);
			for (const watcher of fleet.watchers) queueMicrotask(watcher);
			return true;
		},
		async report(name, {id, status, leaseMs}) {
			const {version, members} = fleetOf(name);
			if (leaseMs === 0) members.delete(id);
			else members.set(id, {text: JSON.stringify(status), until: performance.now() + leaseMs});
			return version;
		},
		async members(name) {
			const {members} = fleetOf(name);
			for (const [id, {until}] of members) if (until <= performance.now()) members.delete(id);
			return [...members].map(([id, {text}]): StoreMember => ({id, status: JSON.parse(text) as unknown}));
		},
		async watch(name, onHint) {
			const {watchers} = fleetOf(name);
			const watcher = (): void => {
				if (watchers.has(watcher)) onHint();
			};
			watchers.add(watcher);
			return () => void watchers.delete(watcher);
		},
	};
}

// Uses a clock that ignores changes of the machine's clock.
function documentOf(version: number, text: string | undefined): StoredDocument {
	const state: unknown = text === undefined ? undefined : JSON.parse(text);
	return {version, now: performance.timeOrigin + performance.now(), state};
}
