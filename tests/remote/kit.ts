import {afterEach} from '@jest/globals';
import type {Task} from 'pausable-signal';
import {
	type ControlStore,
	type FleetReport,
	followRemote,
	type FollowOptions,
	memoryStore,
	type RemoteController,
	type RemoteFollower,
	type RemoteScope,
} from 'pausable-signal/remote';

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until something is so; the test's own time limit ends a wait in vain. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
	while (!(await condition())) await sleep(1);
}

/** Repeats a pause, with more time, until its report is as expected; returns that report. */
export async function reportThat(
	fleet: Pick<RemoteController, 'pause'>,
	says: (report: FleetReport) => boolean,
): Promise<FleetReport> {
	for (let timeout = 20; ; timeout *= 2) {
		const report = await fleet.pause('x', {timeout});
		if (says(report)) return report;
	}
}

/** Settles with the abort of the signal: a body that waits for it ends with its follower. */
export const aborted = (signal: AbortSignal): Promise<void> =>
	new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

/** A store between a follower or controller and another store, with the faults of a network. */
export class FaultyStore implements ControlStore {
	readonly #store: ControlStore;
	readonly calls: string[] = [];
	/** Calls and hints are lost. */
	isCut = false;
	/** Hints are lost. */
	isDeaf = false;
	#thaw: (() => void) | undefined;
	#frozen: Promise<void> | undefined;
	#watchers = new Set<() => void>();

	constructor(store: ControlStore = memoryStore()) {
		this.#store = store;
	}

	/** No call is answered until `thaw()`. */
	freeze(): void {
		this.#frozen = new Promise((resolve) => (this.#thaw = resolve));
	}

	thaw(): void {
		this.#thaw?.();
		this.#frozen = undefined;
	}

	/** A hint as after a reconnection. */
	hint(): void {
		for (const watcher of this.#watchers) watcher();
	}

	get watchers(): number {
		return this.#watchers.size;
	}

	async #call<T>(name: string, call: () => Promise<T>): Promise<T> {
		this.calls.push(name);
		await this.#frozen;
		if (this.isCut) throw new Error('cut');
		const answer = await call();
		await this.#frozen;
		if (this.isCut) throw new Error('cut');
		return answer;
	}

	read: ControlStore['read'] = (...args) => this.#call('read', () => this.#store.read(...args));
	write: ControlStore['write'] = (...args) => this.#call('write', () => this.#store.write(...args));
	report: ControlStore['report'] = (...args) => this.#call('report', () => this.#store.report(...args));
	members: ControlStore['members'] = (...args) => this.#call('members', () => this.#store.members(...args));

	watch: ControlStore['watch'] = async (name, onHint) => {
		const hear = (): void => {
			if (!this.isCut && !this.isDeaf) onHint();
		};
		this.#watchers.add(hear);
		const end = await this.#call('watch', () => this.#store.watch(name, hear));
		return () => {
			this.#watchers.delete(hear);
			end();
		};
	};
}

const open = new Set<RemoteFollower>();
afterEach(async () => {
	await Promise.all([...open].map((follower) => follower.close()));
	open.clear();
});

/** `followRemote` for a test, closed after it. */
export async function join(
	store: ControlStore,
	name: string,
	options?: FollowOptions,
): Promise<RemoteFollower> {
	const follower = await followRemote(store, name, options);
	open.add(follower);
	return follower;
}

/** A loop that counts its turns, each after a checkpoint. */
export interface Loop {
	readonly task: Task<unknown>;
	turns: number;
}

export function loop(follower: RemoteFollower, scope?: RemoteScope, turnMs = 1): Loop {
	const counted: {turns: number} = {turns: 0};
	const task = follower.start(async ({signal}) => {
		while (await signal.gate.wait()) {
			counted.turns++;
			await sleep(turnMs);
		}
	}, scope);
	return Object.defineProperty(counted as Loop, 'task', {value: task});
}
