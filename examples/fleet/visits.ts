import {delay, type PausableSignal} from 'pausable-signal';
import type {RemoteController} from 'pausable-signal/remote';
import {Failure} from '../crawler/engine/errors.ts';
import type {Outcome} from '../crawler/engine/page.ts';
import {visitReachable} from '../crawler/engine/reach.ts';
import {fetchRobots} from '../crawler/engine/robots.ts';
import {parseRobots, type Rules} from '../crawler/engine/robots-rules.ts';
import type {Settings} from '../crawler/engine/settings.ts';
import type {Frontier, Visited} from './frontier.ts';

/** What the visits of a process share. */
export interface VisitContext {
	readonly frontier: Frontier;
	readonly orders: RemoteController;
	/** Reads the orders now. */
	readonly refresh: () => Promise<void>;
	readonly settings: Settings;
}

/** The server wants to be left alone, or nobody answers. */
interface PutOff {
	readonly reason: string;
	/** `Date.now()` milliseconds, where the server says so. */
	readonly until: number | undefined;
}

/** The id of a hold that a server asked for: there is one for a host. */
export const serverHold = 'server';

// A date of HTTP has no fractions of a second: a visitor that returns on the dot is often refused once more.
const slackMs = 1000;

/** Visits hosts, one page of a host at a time. */
export class Visits {
	readonly #context: VisitContext;
	/** By origin, while the process lives. */
	readonly #rules = new Map<string, Rules>();
	/** By host: how often in a row it was held by us. */
	readonly #strikes = new Map<string, number>();

	constructor(context: VisitContext) {
		this.#context = context;
	}

	/** Works through what waits of a host. Rejects with the signal's reason when aborted, and nothing is lost. */
	async visitAll(host: string, signal: PausableSignal): Promise<void> {
		for (;;) {
			await signal.checkpoint();
			const url = await this.#context.frontier.first(host);
			if (url === undefined) return;
			await this.#visit(url, signal);
		}
	}

	async #visit(url: string, signal: PausableSignal): Promise<void> {
		const {frontier, settings} = this.#context;
		const answer = await this.#ask(url, signal);
		if (!('ending' in answer)) return this.#putOff(url, answer);
		await frontier.settle(url, recordOf(answer), linksOf(answer));
		const {host, origin} = new URL(url);
		this.#strikes.delete(host);
		const {delayMs} = this.#rules.get(origin) ?? settings;
		await delay(signal, Math.max(delayMs, settings.delayMs));
	}

	/** Holds the host for every process. */
	async #putOff(url: string, {reason, until}: PutOff): Promise<void> {
		const {frontier, orders, refresh, settings} = this.#context;
		if ((await frontier.putOff(url)) > settings.refusals)
			return frontier.settle(url, {ending: 'failed', reason}, []);
		const {host} = new URL(url);
		const forMs = until === undefined ? this.#guess(host) : Math.max(0, until - Date.now()) + slackMs;
		await orders.taskSet(host).hold(reason, {forMs, id: serverHold});
		// So that this process obeys, too, before it asks for another page.
		await refresh();
	}

	#guess(host: string): number {
		const {baseMs, maxMs} = this.#context.settings.backOff;
		const strikes = this.#strikes.get(host) ?? 0;
		this.#strikes.set(host, strikes + 1);
		return Math.min(maxMs, baseMs * 2 ** strikes);
	}

	async #ask(url: string, signal: PausableSignal): Promise<Outcome | Visited | PutOff> {
		try {
			const rules = await this.#rulesOf(new URL(url).origin, signal);
			if (!rules.allows(url)) return {ending: 'skipped', reason: 'robots.txt'};
			const entry = {id: 0, url, kind: 'page', depth: 0, from: undefined} as const;
			const outcome = await visitReachable(signal, entry, this.#context.settings);
			return outcome.ending === 'refused' ? {reason: outcome.reason, until: outcome.until} : outcome;
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			const {message: reason, status, until} = error;
			if (error.isSilent) return {reason: `no answer: ${reason}`, until};
			return error instanceof RobotsFailure ? {reason, until} : {ending: 'failed', status, reason};
		}
	}

	async #rulesOf(origin: string, signal: PausableSignal): Promise<Rules> {
		const known = this.#rules.get(origin);
		if (known !== undefined) return known;
		const {settings} = this.#context;
		try {
			const text = await fetchRobots(signal, origin, settings);
			const rules = parseRobots(`${origin}/robots.txt`, text, settings.userAgent);
			this.#rules.set(origin, rules);
			return rules;
		} catch (error) {
			throw error instanceof Failure ? new RobotsFailure(error) : error;
		}
	}
}

/** The server does not say what may be visited: so nothing may, for now. */
class RobotsFailure extends Failure {
	constructor(cause: Failure) {
		super(`robots.txt: ${cause.message}`, {
			isPassing: true,
			isSilent: cause.isSilent,
			until: cause.until,
			cause,
		});
	}
}

function recordOf(answer: Outcome | Visited): Visited {
	const {ending, status, title, reason} = answer as Visited;
	return {ending, status, title, reason};
}

function linksOf(answer: Outcome | Visited): readonly string[] {
	if ('pages' in answer) return answer.pages;
	return 'to' in answer ? [answer.to] : [];
}
