/**
 * Changes to the document of a fleet: read, edit, compare and set, again until no other writer is faster.
 *
 * Invariants:
 *
 * 1. For each store and name one attempt is under way at a time. Changes that are asked for meanwhile
 *    share the next one, so that many orders of one process become one version.
 * 2. An attempt reads after all of its changes were asked for, so each edits what its caller knows, or
 *    something newer.
 * 3. A change fails no other one: not by an edit that throws, and not by a caller who stops waiting.
 */
import {PausableSignal} from '../core/index.ts';
import {abortable} from '../flow/index.ts';
import {delay} from '../time/index.ts';
import {type Draft, edited, type FleetDocument, parse, succeed, type Versioned} from './document.ts';
import {perFleet} from './joined.ts';
import type {ControlStore} from './store.ts';

const shortest = 50;
const longest = 800;

/** An edit: returns its changes, or undefined if the document is already as wanted. */
export type Edit = (document: FleetDocument, now: number) => Draft | undefined;

/** The document after an edit, and the store's clock when it was read. */
export interface Changed extends Versioned {
	readonly changed: boolean;
	readonly now: number;
}

/**
 * Changes the document of a fleet.
 *
 * Resolves with the written document, or with the found one and `changed: false`. Rejects with the
 * error of the store or the edit, and with the signal's reason.
 */
export function change(
	store: ControlStore,
	name: string,
	edit: Edit,
	signal: AbortSignal = PausableSignal.none,
): Promise<Changed> {
	const done = new Promise<Changed>((resolve, reject) => {
		const isWanted = (): boolean => !signal.aborted;
		writerOf(store, name).add({edit, isWanted, tried: new Map(), resolve, reject});
	});
	return abortable(signal, done);
}

interface Request {
	readonly edit: Edit;
	readonly isWanted: () => boolean;
	/** The ids of the documents that were perhaps written, and whether each has a change of its own. */
	readonly tried: Map<string, boolean>;
	readonly resolve: (changed: Changed) => void;
	readonly reject: (error: unknown) => void;
}

class Writer {
	readonly #store: ControlStore;
	readonly #name: string;
	#requests: Request[] = [];
	#isRunning = false;

	constructor(store: ControlStore, name: string) {
		this.#store = store;
		this.#name = name;
	}

	add(request: Request): void {
		this.#requests.push(request);
		if (!this.#isRunning) void this.#run();
	}

	async #run(): Promise<void> {
		this.#isRunning = true;
		// All changes of this tick share the first attempt.
		await Promise.resolve();
		for (let most = shortest; this.#requests.length > 0;) {
			const requests = this.#requests.filter(({isWanted}) => isWanted());
			this.#requests = [];
			const lost = requests.length === 0 ? [] : await this.#attempt(requests);
			this.#requests = [...lost, ...this.#requests];
			if (lost.length > 0) await delay(PausableSignal.none, 1 + Math.random() * most);
			most = lost.length > 0 ? Math.min(most * 2, longest) : shortest;
		}
		this.#isRunning = false;
	}

	/** Never rejects. Resolves with the requests to try again, because another writer was faster. */
	async #attempt(requests: readonly Request[]): Promise<readonly Request[]> {
		try {
			const {version, now, state} = (await this.#store.read(this.#name))!;
			const found = {version, document: parse(this.#name, state), now};
			const open = requests.filter((request) => !wasWritten(request, found));
			return await this.#write(open, found);
		} catch (error) {
			for (const {reject} of requests) reject(error);
			return [];
		}
	}

	async #write(requests: readonly Request[], found: Omit<Changed, 'changed'>): Promise<readonly Request[]> {
		const {version, now} = found;
		const {document, changes} = editAll(requests, found.document, now);
		const isNew = document !== found.document;
		const next = isNew
			? {version: version + 1, document: succeed(found.document, document, now), now}
			: found;
		for (const [{tried}, changed] of changes) tried.set(next.document.id, changed);
		const state = {version: next.version, state: next.document};
		if (isNew && !(await this.#store.write(this.#name, version, state))) return [...changes.keys()];
		for (const [{resolve}, changed] of changes) resolve({...next, changed});
		return [];
	}
}

const writerOf = perFleet((store, name) => new Writer(store, name));

/** Settles a request whose earlier attempt succeeded, and only its answer was lost. */
function wasWritten({tried, resolve}: Request, found: Omit<Changed, 'changed'>): boolean {
	const changed = tried.get(found.document.id);
	if (changed === undefined) return false;
	resolve({...found, changed});
	return true;
}

/** The document after all edits, and which of them changed something. Rejects those that throw. */
function editAll(
	requests: readonly Request[],
	found: FleetDocument,
	now: number,
): {document: FleetDocument; changes: ReadonlyMap<Request, boolean>} {
	let document = found;
	const changes = new Map<Request, boolean>();
	for (const request of requests) {
		try {
			const draft = request.edit(document, now);
			if (draft !== undefined) document = edited(document, draft, now);
			changes.set(request, draft !== undefined);
		} catch (error) {
			request.reject(error);
		}
	}
	return {document, changes};
}
