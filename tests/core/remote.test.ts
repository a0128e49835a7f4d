// A signal that is driven from elsewhere, and what sends a signal elsewhere: `Follower.holds`.
import {describe, expect, test} from '@jest/globals';
import {delay, PausableController, PausableSignal} from 'pausable-signal';
import {createRemote, follow, type HoldInfo, isPaused, type RemoteSignal} from '../../src/core/index.ts';
import {logEvents, watched, flush} from './support.ts';

const hold = (reason: unknown): HoldInfo => ({reason, since: 1});

/** A remote signal with news that are not here before somebody looks. */
function remoteWithNews(): {remote: RemoteSignal; news: (() => void)[]; looks: () => number} {
	const news: (() => void)[] = [];
	let looks = 0;
	const remote = createRemote(() => {
		looks++;
		for (let take = news.shift(); take !== undefined; take = news.shift()) take();
	});
	return {remote, news, looks: () => looks};
}

describe('a remote signal', () => {
	test('is a pausable signal that follows what it is given', () => {
		const {remote} = remoteWithNews();
		const {signal} = remote;
		const log = logEvents({it: signal});
		expect(signal instanceof PausableSignal).toBe(true);
		remote.setHolds([hold('one')]);
		remote.setHolds([hold('one'), hold('two')]);
		expect(signal.holds).toEqual([hold('one'), hold('two')]);
		remote.setHolds([]);
		remote.setHolds([hold('three')]);
		const reason = {why: 'enough'};
		remote.abort(reason);
		expect(signal.reason).toBe(reason);
		expect(signal.paused).toBe(false);
		remote.setHolds([hold('four')]);
		expect(signal.holds).toEqual([]);
		expect(log).toEqual(['pause it', 'resume it', 'pause it', 'abort it']);
	});

	test.each<[string, (signal: PausableSignal) => unknown, unknown]>([
		['paused', (signal) => signal.paused, true],
		['holds', (signal) => signal.holds, [hold('news')]],
		['pauseReason', (signal) => signal.pauseReason, 'news'],
		['gate.isOpen', (signal) => signal.gate.isOpen, false],
		['isPaused()', (signal) => isPaused(signal), true],
	])('looks for news of a pause in %s, on the signal and on all below it', (_name, ask, answer) => {
		const ways: ((signal: PausableSignal) => PausableSignal)[] = [
			(signal) => signal,
			(signal) => new PausableController({signal: new PausableController({signal}).signal}).signal,
			(signal) => new PausableController({signal: [signal, new AbortController().signal]}).signal,
			(signal) => PausableSignal.any([new PausableController().signal], {pause: signal}),
			(signal) => PausableSignal.any([signal, new PausableController().signal]),
		];
		for (const way of ways) {
			const {remote, news} = remoteWithNews();
			const below = way(remote.signal);
			news.push(() => remote.setHolds([hold('news')]));
			expect(ask(below)).toEqual(answer);
		}
	});

	test.each<[string, (signal: PausableSignal) => unknown, unknown]>([
		['aborted', (signal) => signal.aborted, true],
		['reason', (signal) => signal.reason, 'news'],
		['gate.isOpen', (signal) => signal.gate.isOpen, false],
		[
			'throwIfAborted()',
			(signal) => {
				try {
					return signal.throwIfAborted();
				} catch (error) {
					return error;
				}
			},
			'news',
		],
	])('looks for news of an abort in %s', (_name, ask, answer) => {
		const {remote, news} = remoteWithNews();
		const child = new PausableController({signal: remote.signal});
		news.push(() => remote.abort('news'));
		expect(ask(child.signal)).toBe(answer);
	});

	test('looks for news in every wait, so that a loop of open gates ends', async () => {
		const {remote, news, looks} = remoteWithNews();
		let turns = 0;
		while (await remote.signal.gate.wait()) if (++turns === 3) news.push(() => remote.abort('end'));
		expect([turns, looks()]).toEqual([3, 4]);
		const rejected = watched(remote.signal.checkpoint());
		await flush();
		expect(rejected.reason).toBe('end');
	});

	test('whose news need a turn gets it in a wait, also beside a signal that needs none', async () => {
		const plain = new AbortController();
		for (const others of [[], [plain.signal]]) {
			const remote = createRemote(
				() => {},
				undefined,
				async () => remote.setHolds([hold('news')]),
			);
			const signal = PausableSignal.any([...others, remote.signal]);
			const waits = [watched(signal.gate.wait()), watched(signal.checkpoint())];
			await flush();
			expect(waits.map(({state}) => state)).toEqual(['pending', 'pending']);
			remote.abort('enough');
			await flush();
			expect(waits).toMatchObject([{value: false}, {reason: 'enough'}]);
		}
	});

	test('parks and wakes what waits below it', async () => {
		const {remote, news} = remoteWithNews();
		const {signal} = new PausableController({signal: remote.signal});
		news.push(() => remote.setHolds([hold('news')]));
		const waiting = watched(signal.gate.wait());
		const sleeping = watched(delay(signal, 0));
		await new Promise((resolve) => setTimeout(resolve, 1));
		expect([waiting.state, sleeping.state]).toEqual(['pending', 'pending']);
		remote.setHolds([]);
		await new Promise((resolve) => setTimeout(resolve, 1));
		expect([waiting.value, sleeping.state]).toEqual([true, 'resolved']);
	});

	test('tells news that a listener takes in order, state first', () => {
		const {remote, news} = remoteWithNews();
		const {signal} = remote;
		const seen: unknown[] = [];
		signal.onpause = () => {
			news.push(() => remote.setHolds([]));
			seen.push(`pause ${signal.paused}`);
		};
		signal.onresume = () => seen.push(`resume ${signal.paused}`);
		news.push(() => remote.setHolds([hold('one')]));
		expect(signal.paused).toBe(false);
		expect(seen).toEqual(['pause false', 'resume false']);
	});
});

describe('follow() with holds', () => {
	test('hears of every change of the holds, of the node and of those above it', () => {
		const parent = new PausableController();
		const middle = new PausableController({signal: parent.signal});
		const {signal} = new PausableController({signal: middle.signal});
		const seen: unknown[][] = [];
		const unfollow = follow(signal, {holds: () => seen.push(signal.holds.map(({reason}) => reason))});
		middle.pause('middle');
		const hold = parent.hold('parent');
		const other = parent.hold('other');
		hold.release();
		middle.resume();
		other.release();
		expect(seen).toEqual([
			['middle'],
			['middle', 'parent'],
			['middle', 'parent', 'other'],
			['middle', 'other'],
			['other'],
			[],
		]);
		unfollow();
		parent.pause();
		expect(seen).toHaveLength(6);
	});

	test('hears nothing more after the abort, and leaves nothing', () => {
		const controller = new PausableController();
		let calls = 0;
		follow(controller.signal, {holds: () => calls++});
		controller.abort();
		controller.pause();
		expect(calls).toBe(0);
	});
});
