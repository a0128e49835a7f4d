/**
 * The wait until a scope is quiet.
 *
 * Invariants:
 *
 * 1. A report says `quiet: true` only if every live member obeys a document that surely contains the
 *    order, nothing in the scope moved when the member said so, and the order is in force since.
 * 2. It reads the members before the document: so it never mistakes a member that knows more than the
 *    document read here for one that knows as much.
 * 3. It does not mistake a store that lost its members for one without: see `settleMs` and
 *    `recovered`.
 */
import {expectMilliseconds, expectOptions, expectSignal, PausableSignal} from '../core/index.ts';
import {abortable} from '../flow/index.ts';
import {delay, now} from '../time/index.ts';
import {type FleetDocument, idsSince, parse, type Versioned} from './document.ts';
import {Joined, perFleet} from './joined.ts';
import {type MemberStatus, statusOf} from './status.ts';
import type {ControlStore, StoredDocument, StoreMember} from './store.ts';

/** A task that still moves, and where. */
export interface FleetMoving {
	readonly worker: string;
	readonly job?: string | undefined;
	readonly set?: string | undefined;
}

/** The value of `pause()` and `abort()`. */
export interface FleetReport {
	/** Whether nothing in the scope moves, on any worker in contact. */
	readonly quiet: boolean;
	/** The lowest version of the document that all of them obey. */
	readonly version: number;
	/** Tasks in the scope that stand still. */
	readonly parked: number;
	/** Tasks in the scope that move; after an abort those that have not ended. */
	readonly running: number;
	/** Workers in contact. */
	readonly workers: number;
	/** Those of them that have not taken the order. */
	readonly late: readonly string[];
	/** Tasks that still move: at most ten of each worker. */
	readonly moving: readonly FleetMoving[];
}

/** How long to wait for a report. */
export interface FleetWaitOptions {
	/** The most milliseconds to wait, wall-clock time; then the report says `quiet: false`. Default: no limit. */
	readonly timeout?: number | undefined;
	/** Ends the wait, which rejects with the reason. The order stays. */
	readonly signal?: AbortSignal | undefined;
}

export interface QuietQuestion {
	readonly store: ControlStore;
	readonly name: string;
	readonly scope: string;
	/** The document that first contained the order, and the store's clock then. */
	readonly placed: Versioned & {readonly now: number};
	isInForce(document: FleetDocument): boolean;
	/** Parked and running, as this member counts them. */
	count(status: MemberStatus): readonly [number, number];
}

interface Look {
	readonly report: FleetReport;
	/** Whether nobody can be missing from it. */
	readonly isWhole: boolean;
	readonly isInForce: boolean;
}

const firstPauseMs = 2;
const longestPauseMs = 100;
// If a fleet has no member, its store may have just lost them: they reconnect within this time.
const settleMs = 1000;
// How long a store may fail before the wait for a report gives up.
const patienceMs = 15_000;

export function expectWait(options: FleetWaitOptions | undefined): {timeout: number; signal: AbortSignal} {
	expectOptions('options', options);
	const {timeout = Infinity, signal = PausableSignal.none} = options ?? {};
	return {timeout: expectMilliseconds('timeout', timeout), signal: expectSignal('signal', signal)};
}

/** A report, and whether a worker lost contact before it had carried the order out. */
export interface QuietAnswer {
	readonly report: FleetReport;
	readonly hasLost: boolean;
}

/** Asks again and again until the scope is quiet, the order is no longer in force, or time is up. */
export async function whenQuiet(
	question: QuietQuestion,
	{timeout, signal}: {timeout: number; signal: AbortSignal},
): Promise<QuietAnswer> {
	const inquiry = new Inquiry(question);
	const due = now() + timeout;
	for (let pause = firstPauseMs; ; pause = Math.min(pause * 1.5, longestPauseMs)) {
		const left = due - now();
		const look = await abortable(signal, inquiry.look(left));
		if (look?.isInForce && look.isWhole && look.report.quiet) return inquiry.answer(look.report);
		if (!look?.isInForce || due - now() <= 0) return inquiry.answer();
		await delay(signal, Math.max(1, Math.min(pause, due - now())), {clock: 'wall'});
	}
}

/** What reports ask a store, together with all others that wait. */
class Questions {
	readonly #store: ControlStore;
	readonly #name: string;
	readonly #members = new Joined<readonly StoreMember[]>();
	readonly #documents = new Joined<StoredDocument | undefined>();
	#since = Infinity;

	constructor(store: ControlStore, name: string) {
		this.#store = store;
		this.#name = name;
	}

	members(): Promise<readonly StoreMember[]> {
		return this.#members.ask(() => this.#store.members(this.#name));
	}

	/** The document, unless everybody who asks knows its version. */
	read(since: number): Promise<StoredDocument | undefined> {
		this.#since = Math.min(this.#since, since);
		return this.#documents.ask(() => {
			const known = this.#since;
			this.#since = Infinity;
			return this.#store.read(this.#name, known);
		});
	}
}

const questionsOf = perFleet((store, name) => new Questions(store, name));

class Inquiry {
	readonly #question: QuietQuestion;
	#since: Versioned;
	#found: Versioned;
	#emptySince = now();
	/** After a loss: the time from which no member can be missing. */
	#wholeAt = -Infinity;
	#failingSince: number | undefined;
	/** Members seen that had not carried the order out. */
	readonly #owing = new Set<string>();
	/** The last report, which was not quiet yet. */
	#report: FleetReport;

	constructor(question: QuietQuestion) {
		this.#question = question;
		this.#since = question.placed;
		this.#found = question.placed;
		const {version, document, now: storeNow} = question.placed;
		this.#awaitWitnesses(document, storeNow);
		this.#report = {quiet: false, version, parked: 0, running: 0, workers: 0, late: [], moving: []};
	}

	answer(report: FleetReport = this.#report): QuietAnswer {
		return {report, hasLost: this.#owing.size > 0};
	}

	/** One look at the fleet; undefined if it takes more than `ms` milliseconds. */
	async look(ms: number): Promise<Look | undefined> {
		const {promise, cancel} = timeLimit(ms);
		try {
			return await Promise.race([this.#look(), promise]);
		} finally {
			cancel();
		}
	}

	async #look(): Promise<Look> {
		try {
			const look = await this.#ask();
			this.#failingSince = undefined;
			this.#report = {...look.report, quiet: false};
			return look;
		} catch (error) {
			this.#failingSince ??= now();
			if (now() - this.#failingSince > patienceMs) throw error;
			return {report: this.#report, isWhole: false, isInForce: true};
		}
	}

	async #ask(): Promise<Look> {
		const {store, name, isInForce} = this.#question;
		const questions = questionsOf(store, name);
		const members = (await questions.members()).map(statusOf);
		this.#take(await questions.read(this.#found.version));
		if (members.length > 0) this.#emptySince = Infinity;
		else if (this.#emptySince === Infinity) this.#emptySince = now();
		const isSettled = members.length > 0 || now() - this.#emptySince >= settleMs;
		return {
			report: this.#reportOf(members),
			isWhole: isSettled && now() >= this.#wholeAt,
			isInForce: isInForce(this.#found.document),
		};
	}

	#take(found: StoredDocument | undefined): void {
		if (found === undefined) return;
		const document = parse(this.#question.name, found.state);
		this.#found = {version: found.version, document};
		this.#awaitWitnesses(document, found.now);
		const {id} = this.#since.document;
		// This document was written after a loss: it proves nothing that a member obeyed the lost ones.
		if (document.id !== id && document.trail?.includes(id) !== true) this.#since = this.#found;
	}

	/** After a loss, waits for members that have not reported since. */
	#awaitWitnesses({recovered}: FleetDocument, storeNow: number): void {
		if (recovered !== undefined) this.#wholeAt = now() + recovered.at + recovered.for - storeNow;
	}

	#reportOf(members: readonly MemberStatus[]): FleetReport {
		const {count} = this.#question;
		const ids = idsSince(this.#found.document, this.#since.document.id);
		const late = members.filter(({document}) => !ids.has(document)).map(({id}) => id);
		const counts = members.map(count);
		for (const [at, {id, document}] of members.entries()) {
			if (ids.has(document) && counts[at]![1] === 0) this.#owing.delete(id);
			else this.#owing.add(id);
		}
		const parked = counts.reduce((sum, [parked]) => sum + parked, 0);
		const running = counts.reduce((sum, [, running]) => sum + running, 0);
		return {
			quiet: late.length === 0 && running === 0,
			version: this.#since.version,
			parked,
			running,
			workers: members.length,
			late,
			moving: members.flatMap((member) => this.#movingOf(member)),
		};
	}

	#movingOf({id, moving}: MemberStatus): readonly FleetMoving[] {
		const {scope} = this.#question;
		const [kind, name] = [scope.slice(0, 4), scope.slice(4)];
		const isOf = ({job, sets}: MemberStatus['moving'][number]): boolean =>
			scope === '*' || (kind === 'set:' ? sets?.includes(name) === true : job === name);
		return moving.filter(isOf).map(({job, sets}) => {
			const set = kind === 'set:' ? name : sets?.[0];
			return {worker: id, ...(job !== undefined && {job}), ...(set !== undefined && {set})};
		});
	}
}

function timeLimit(ms: number): {promise: Promise<undefined>; cancel(): void} {
	if (ms === Infinity) return {promise: new Promise(() => {}), cancel: () => {}};
	let timer: ReturnType<typeof setTimeout> | undefined;
	const promise = new Promise<undefined>((resolve) => {
		timer = setTimeout(() => resolve(undefined), Math.max(0, Math.min(ms, 2 ** 31 - 1)));
	});
	return {promise, cancel: () => clearTimeout(timer)};
}
