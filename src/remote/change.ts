import {PausableSignal} from '../core/index.ts';
import {abortable} from '../flow/index.ts';
import {delay} from '../time/index.ts';
import {type Draft, type FleetDocument, parse, succeed, type Versioned} from './document.ts';
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
 * Changes the document of a fleet: reads, edits, compares and sets, again until no other writer is
 * faster.
 *
 * Resolves with the written document, or with the found one and `changed: false`. Rejects with the
 * error of the store or the edit, and with the signal's reason.
 */
export async function change(
	store: ControlStore,
	name: string,
	edit: Edit,
	signal: AbortSignal = PausableSignal.none,
): Promise<Changed> {
	const tried = new Set<string>();
	for (let most = shortest; ; most = Math.min(most * 2, longest)) {
		const {version, now, state} = (await abortable(signal, store.read(name)))!;
		const document = parse(name, state);
		// An earlier attempt succeeded, and only its answer was lost.
		if (tried.has(document.id)) return {version, document, now, changed: true};
		const draft = edit(document, now);
		if (draft === undefined) return {version, document, now, changed: false};
		const next = {version: version + 1, document: succeed(document, draft, now)};
		tried.add(next.document.id);
		const isOurs = await abortable(
			signal,
			store.write(name, version, {version: next.version, state: next.document}),
		);
		if (isOurs) return {...next, now, changed: true};
		await delay(signal, 1 + Math.random() * most);
	}
}
