// Signals of another copy of the package. A stand-in speaks the protocol here, so that each step of it can be
// counted; tests/borders has two real copies.
import {describe, expect, test} from '@jest/globals';
import {getEventListeners} from 'node:events';
import {type HoldInfo, PausableController, PausableSignal} from 'pausable-signal';
import {follow, isPausable, isPaused} from '../../src/core/index.ts';
import {flush, logEvents, watched} from './support.ts';

/** A controller of another copy, with the protocol that docs/design.md describes. */
class Copy extends AbortController {
	#holds: readonly HoldInfo[] = [];
	/** How often its state was asked for. */
	reads = 0;

	constructor(version = 1) {
		super();
		Object.defineProperties(this.signal, {
			[Symbol.for('pausable-signal.protocol')]: {value: version},
			paused: {
				get: () => {
					this.reads++;
					return this.#inForce.length > 0;
				},
			},
			holds: {get: () => this.#inForce},
		});
	}

	get #inForce(): readonly HoldInfo[] {
		return this.signal.aborted ? [] : this.#holds;
	}

	/** Changes the holds and tells of it, as every copy does when it pauses or resumes. */
	hold(...reasons: string[]): void {
		this.#holds = reasons.map((reason, since) => ({reason, since}));
		this.signal.dispatchEvent(new Event(reasons.length > 0 ? 'pause' : 'resume'));
	}
}

const listenersOn = ({signal}: Copy): number[] =>
	['pause', 'resume', 'abort'].map((type) => getEventListeners(signal, type).length);

/** A follower that logs what it hears. */
function logging(log: string[]): Required<Parameters<typeof follow>[1]> {
	return {
		pause: (at) => void log.push(`pause ${typeof at}`),
		resume: (at) => void log.push(`resume ${typeof at}`),
		abort: (reason) => void log.push(`abort ${String(reason)}`),
		holds: () => void log.push('holds'),
	};
}

describe('a child of a signal of another copy', () => {
	test('is paused while that is, lists its holds, and fires each event once', () => {
		const copy = new Copy();
		const {signal} = new PausableController({signal: copy.signal});
		const log = logEvents({child: signal});
		copy.hold('lunch');
		expect([signal.paused, signal.pauseReason]).toEqual([true, 'lunch']);
		copy.hold('lunch', 'walk');
		expect(signal.holds).toMatchObject([{reason: 'lunch'}, {reason: 'walk'}]);
		copy.hold();
		expect([signal.paused, signal.holds]).toEqual([false, []]);
		expect(log).toEqual(['pause child', 'resume child']);
	});

	test('is aborted with the same reason, paused or not, and leaves nothing there', () => {
		for (const isPaused of [false, true]) {
			const copy = new Copy();
			const {signal} = new PausableController({signal: copy.signal});
			const log = logEvents({child: signal}, ['abort']);
			if (isPaused) copy.hold('lunch');
			copy.abort('enough');
			expect([signal.reason, signal.paused, log]).toEqual(['enough', false, ['abort child']]);
			expect(listenersOn(copy)).toEqual([0, 0, 0]);
		}
	});

	test('waits there, and goes on with its resume', async () => {
		const copy = new Copy();
		const {signal} = new PausableController({signal: copy.signal});
		copy.hold('lunch');
		const waiting = watched(signal.checkpoint());
		await flush();
		expect(waiting.state).toBe('pending');
		copy.hold();
		await flush();
		expect(waiting.state).toBe('resolved');
	});

	test('listens there for pauses while somebody listens or waits, and no longer', () => {
		const copy = new Copy();
		const {signal} = new PausableController({signal: copy.signal});
		expect(listenersOn(copy)).toEqual([0, 0, 1]);
		const listener = (): void => {};
		signal.addEventListener('pause', listener);
		expect(listenersOn(copy)).toEqual([1, 1, 1]);
		signal.addEventListener('resume', listener);
		expect(listenersOn(copy)).toEqual([1, 1, 1]);
		for (const type of ['pause', 'resume']) signal.removeEventListener(type, listener);
		expect(listenersOn(copy)).toEqual([0, 0, 1]);
	});

	test('is asked as often for a listener deep below as for one just below', () => {
		const readsOf = (levels: number): number => {
			const copy = new Copy();
			let {signal} = new PausableController({signal: copy.signal});
			for (let level = 1; level < levels; level++) ({signal} = new PausableController({signal}));
			const log = logEvents({deep: signal});
			copy.reads = 0;
			copy.hold('lunch');
			expect(log).toEqual(['pause deep']);
			return copy.reads;
		};
		expect(readsOf(100)).toBe(readsOf(2));
	});

	test('bears the mark of this version itself', () => {
		const {signal} = new PausableController({signal: new Copy().signal});
		expect(Reflect.get(signal, Symbol.for('pausable-signal.protocol'))).toBe(1);
	});

	test('of a later version of the protocol is paused by nothing, as with a plain signal', () => {
		const copy = new Copy(2);
		const {signal} = new PausableController({signal: copy.signal});
		copy.hold('lunch');
		expect(signal.paused).toBe(false);
		expect([isPausable(copy.signal), isPausable(new Copy().signal)]).toEqual([false, true]);
		expect([isPausable(signal), isPausable(new AbortController().signal)]).toEqual([true, false]);
	});
});

describe('any() of a signal of another copy', () => {
	test('is paused while that is', () => {
		const copy = new Copy();
		const both = PausableSignal.any([copy.signal, new AbortController().signal]);
		copy.hold('lunch');
		expect([both.paused, both.pauseReason]).toEqual([true, 'lunch']);
		expect(PausableSignal.from(copy.signal).paused).toBe(true);
	});

	test('may be paused by it alone', () => {
		const copy = new Copy();
		const other = new PausableController();
		const either = PausableSignal.any([other.signal], {pause: copy.signal as PausableSignal});
		other.pause();
		expect(either.paused).toBe(false);
		copy.hold('lunch');
		expect(either.paused).toBe(true);
		copy.abort();
		expect(either.aborted).toBe(false);
	});

	test('tells of its pauses, listens there only for that long, and goes on when it is aborted', async () => {
		const copy = new Copy();
		const either = PausableSignal.any([new PausableController().signal], {
			pause: copy.signal as PausableSignal,
		});
		const log = logEvents({either}, ['pause', 'resume']);
		expect(listenersOn(copy)).toEqual([1, 1, 1]);
		copy.hold('lunch');
		const wait = watched(either.gate.wait());
		copy.abort();
		await flush();
		expect([log, wait.value, listenersOn(copy)]).toEqual([
			['pause either', 'resume either'],
			true,
			[0, 0, 0],
		]);
	});
});

describe('a follower of a signal of another copy', () => {
	test('hears of pauses, of resumes, and of each change of the holds', () => {
		const copy = new Copy();
		const log: string[] = [];
		const unfollow = follow(copy.signal, logging(log));
		copy.hold('lunch');
		copy.hold('lunch', 'walk');
		copy.hold();
		expect(log).toEqual(['pause number', 'holds', 'holds', 'resume number', 'holds']);
		unfollow();
		copy.hold('lunch');
		expect(log).toHaveLength(5);
		expect(listenersOn(copy)).toEqual([0, 0, 0]);
	});

	test('that begins during a pause hears of the resume first', () => {
		const copy = new Copy();
		const log: string[] = [];
		copy.hold('lunch');
		follow(copy.signal, logging(log));
		expect(isPaused(copy.signal)).toBe(true);
		copy.hold('lunch', 'walk');
		copy.hold();
		expect(log).toEqual(['holds', 'resume number', 'holds']);
	});

	test('hears of the abort once, and nothing after it', () => {
		const copy = new Copy();
		const log: string[] = [];
		follow(copy.signal, logging(log));
		copy.abort('enough');
		copy.hold('lunch');
		expect([log, listenersOn(copy)]).toEqual([['abort enough'], [0, 0, 0]]);
		follow(copy.signal, logging(log));
		expect(listenersOn(copy)).toEqual([0, 0, 0]);
	});

	test('that another one adds in the middle of a change takes no news from the first', () => {
		const copy = new Copy();
		const log: string[] = [];
		const add = (name: string) => (): void =>
			void follow(copy.signal, {
				pause: () => log.push(`pause ${name}`),
				resume: () => log.push(`resume ${name}`),
			});
		copy.signal.addEventListener('pause', add('late'), {once: true});
		add('first')();
		copy.hold('lunch');
		expect(log).toContain('pause first');
		copy.hold();
		expect(log.filter((entry) => entry.startsWith('resume'))).toEqual(['resume first', 'resume late']);
		copy.abort();
	});

	test('may ask for some news only, and be added twice', () => {
		const copy = new Copy();
		const log: string[] = [];
		const follower = {pause: (): void => void log.push('pause')};
		const unfollow = follow(copy.signal, follower);
		follow(copy.signal, follower);
		copy.hold('lunch');
		copy.hold();
		unfollow();
		copy.hold('lunch');
		expect(log).toEqual(['pause', 'pause', 'pause']);
	});
});
