// What the other rooms build on: following, resting, retiring, delayed resumes, timers.
import {afterEach, describe, expect, jest, test} from '@jest/globals';
import {PausableController, PausableSignal} from 'pausable-signal';
import {
	delayResume,
	createAbortable,
	follow,
	gatherWork,
	isPaused,
	noteCheckpoint,
	noteRest,
	restWhilePaused,
	retire,
	Timer,
	timeoutError,
} from '../../src/core/index.ts';
import {countedOf} from '../../src/core/branch.ts';
import {nodeOf} from '../../src/core/foreign.ts';
import {collectGarbage, countCollected, flush, logEvents, watched} from './support.ts';

afterEach(() => void jest.useRealTimers());

describe('follow()', () => {
	function logged(signal: AbortSignal): {log: unknown[]; unfollow: () => void} {
		const log: unknown[] = [];
		const unfollow = follow(signal, {
			pause: () => log.push('pause'),
			resume: () => log.push('resume'),
			abort: (reason) => log.push(reason),
		});
		return {log, unfollow};
	}

	test('hears pause, resume and abort with its reason', () => {
		const controller = new PausableController();
		const {log} = logged(controller.signal);
		controller.pause();
		controller.resume();
		controller.pause();
		controller.abort('enough');
		expect(log).toEqual(['pause', 'resume', 'pause', 'enough']);
	});

	test('hears nothing once it has ended, and may end twice', () => {
		const controller = new PausableController();
		const {log, unfollow} = logged(controller.signal);
		const other = logged(controller.signal);
		unfollow();
		unfollow();
		controller.pause();
		controller.abort('enough');
		expect([log, other.log]).toEqual([[], ['pause', 'enough']]);
	});

	// node.ts, invariant 6
	test('hears nothing on an aborted signal', () => {
		const {log, unfollow} = logged(PausableSignal.abort());
		unfollow();
		expect(log).toEqual([]);
	});

	test('hears before the listeners of the same signal, after those of the parents', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const log = logEvents({parent: parent.signal, child: child.signal}, ['pause']);
		follow(child.signal, {pause: () => log.push('follower')});
		parent.pause();
		expect(log).toEqual(['pause parent', 'follower', 'pause child']);
	});

	test('a follower that another one ends in the same round hears nothing', () => {
		const controller = new PausableController();
		const log: string[] = [];
		follow(controller.signal, {pause: () => unfollow()});
		const unfollow = follow(controller.signal, {pause: () => log.push('second')});
		controller.pause();
		expect(log).toEqual([]);
	});

	test('a follower that another one starts in the same round does not hear of that change', () => {
		const controller = new PausableController();
		const log: string[] = [];
		follow(controller.signal, {
			pause: () => void follow(controller.signal, {pause: () => log.push('late')}),
		});
		controller.pause();
		expect(log).toEqual([]);
	});

	test('an abort in a follower spares the others the pause that it comes from', () => {
		const controller = new PausableController();
		follow(controller.signal, {pause: () => controller.abort('enough')});
		const {log} = logged(controller.signal);
		controller.pause();
		expect(log).toEqual(['enough']);
	});

	test('of a plain signal hears only its abort', () => {
		const plain = new AbortController();
		const {log} = logged(plain.signal);
		plain.abort('enough');
		expect(log).toEqual(['enough']);
	});

	test('20,000 followers come and go in a blink: not as listeners do', () => {
		const controller = new PausableController();
		let heard = 0;
		const unfollows = Array.from({length: 20_000}, () => follow(controller.signal, {pause: () => heard++}));
		controller.pause();
		for (const unfollow of unfollows) unfollow();
		controller.resume();
		controller.pause();
		expect(heard).toBe(20_000);
	});

	test('who keeps the way to end it does not keep what the stack of an abort refers to', async () => {
		const unfollows: (() => void)[] = [];
		class Job {
			readonly controller = new PausableController();
			constructor() {
				unfollows.push(follow(this.controller.signal, {abort() {}}));
			}
			// Without a reason, the error is made here, and its stack refers to the job.
			stop(): this {
				this.controller.abort();
				return this;
			}
		}
		expect(await countCollected(100, () => new Job().stop())).toBeGreaterThan(90);
		expect(unfollows).toHaveLength(100);
	});

	test('a listener that another one removed does not hear of the abort', () => {
		const {signal, abort} = abortable();
		follow(signal, {abort: () => second.unfollow()});
		const second = logged(signal);
		abort();
		expect(second.log).toEqual([]);
	});
});

function abortable(): {signal: PausableSignal; abort: () => void} {
	const controller = new PausableController();
	return {signal: controller.signal, abort: () => controller.abort('enough')};
}

describe('isPaused()', () => {
	test('takes any signal', () => {
		const controller = new PausableController();
		expect([isPaused(controller.signal), isPaused(new AbortController().signal)]).toEqual([false, false]);
		controller.pause();
		expect(isPaused(PausableSignal.any([controller.signal]))).toBe(true);
	});
});

describe('retire()', () => {
	function children(signal: AbortSignal): number {
		return nodeOf(signal).children?.size ?? 0;
	}

	test('removes a finished signal from its parents, without an abort', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		retire(child.signal);
		expect(children(parent.signal)).toBe(0);
		parent.abort();
		expect(child.signal.aborted).toBe(false);
	});

	test.each([
		['listens', (signal: PausableSignal) => signal.addEventListener('abort', () => {})],
		['follows', (signal: PausableSignal) => void follow(signal, {abort() {}})],
		[
			'waits',
			(signal: PausableSignal) => {
				const child = new PausableController({signal});
				child.pause();
				void child.signal.gate.wait();
			},
		],
	])('does not, while somebody %s there', (_verb, use) => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		use(child.signal);
		retire(child.signal);
		parent.abort('enough');
		expect(child.signal.reason).toBe('enough');
	});

	test('does not, while somebody has a child of it', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const grandchild = new PausableController({signal: child.signal});
		retire(child.signal);
		parent.abort('enough');
		expect(grandchild.signal.reason).toBe('enough');
	});

	test('does, once the children are collected', async () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const make = (): void => {
			for (let i = 0; i < 100; i++) new PausableController({signal: child.signal});
		};
		make();
		await collectGarbage();
		retire(child.signal);
		expect(children(parent.signal)).toBe(0);
	});

	test('leaves no listener on a plain parent', () => {
		const {signal} = new AbortController();
		const child = new PausableController({signal});
		retire(child.signal);
		expect(nodeOf(signal).children?.size).toBe(0);
	});

	test('of an aborted one does nothing', () => {
		const controller = new PausableController();
		controller.abort('enough');
		retire(controller.signal);
		expect(controller.signal.reason).toBe('enough');
	});
});

describe('delayResume()', () => {
	test('keeps a signal paused beyond its pause, as the last of its holds', async () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const open = delayResume(child.signal, 'barred');
		parent.pause('user');
		expect([child.signal.pauseReason, child.signal.holds.map(({reason}) => reason)]).toEqual([
			'user',
			['user', 'barred'],
		]);
		const wait = watched(child.signal.gate.wait());
		parent.resume();
		await flush();
		expect([child.signal.pauseReason, wait.state]).toEqual(['barred', 'pending']);
		open();
		open();
		await flush();
		expect([child.signal.paused, wait.value]).toEqual([false, true]);
	});

	test('is inert on an aborted signal', () => {
		const signal = PausableSignal.abort();
		const open = delayResume(signal, 'barred');
		expect([signal.paused, signal.holds]).toEqual([false, []]);
		open();
	});
});

describe('createAbortable()', () => {
	test('aborts its signal alone, and with its parents', () => {
		const parent = new PausableController();
		const [first, second] = [1, 2].map(() => createAbortable([parent.signal], () => {}));
		first!.abort('its own');
		expect([first!.signal.reason, second!.signal.aborted, parent.signal.aborted]).toEqual([
			'its own',
			false,
			false,
		]);
		parent.pause();
		expect(second!.signal.paused).toBe(true);
		parent.abort('the parent’s');
		expect(second!.signal.reason).toBe('the parent’s');
	});

	test('cleans up once its signal is collected, not before', async () => {
		const parent = new PausableController();
		const cleaned: string[] = [];
		const kept = createAbortable([parent.signal], () => cleaned.push('kept'));
		const make = (): void => void createAbortable([parent.signal], () => cleaned.push('dropped'));
		make();
		await collectGarbage();
		expect(cleaned).toEqual(['dropped']);
		expect(kept.signal.aborted).toBe(false);
	});

	test('the error of a time limit is the platform’s', () => {
		expect(timeoutError()).toMatchObject({
			name: 'TimeoutError',
			code: 23,
			message: 'The operation was aborted due to timeout',
		});
	});
});

describe('branches', () => {
	function gathered(): {controller: PausableController; areParked: () => boolean} {
		const controller = new PausableController();
		const branches = gatherWork(controller.signal, () => {});
		return {controller, areParked: () => branches.areParked};
	}

	test('are none at first, and so not parked', () => {
		expect(gathered().areParked()).toBe(false);
	});

	test('a signal counts from its first wait on, and is parked while it waits', async () => {
		const {controller, areParked} = gathered();
		await controller.signal.checkpoint();
		expect(areParked()).toBe(false);
		controller.pause();
		void controller.signal.gate.wait();
		expect(areParked()).toBe(true);
		controller.resume();
		await flush();
		expect(areParked()).toBe(false);
	});

	test('all of them must be parked', async () => {
		const {controller, areParked} = gathered();
		const [one, two] = [1, 2].map(() => new PausableController({signal: controller.signal}).signal);
		await Promise.all([one!.checkpoint(), two!.checkpoint()]);
		controller.pause();
		void one!.gate.wait();
		expect(areParked()).toBe(false);
		void two!.gate.wait();
		expect(areParked()).toBe(true);
	});

	test('an aborted or retired one no longer counts', async () => {
		const {controller, areParked} = gathered();
		const [one, two, three] = [1, 2, 3].map(() => new PausableController({signal: controller.signal}));
		for (const branch of [one!, two!, three!]) await branch.signal.checkpoint();
		controller.pause();
		void one!.signal.gate.wait();
		two!.abort();
		expect(areParked()).toBe(false);
		retire(three!.signal);
		expect(areParked()).toBe(true);
	});

	test.each([
		[
			'a child of several',
			(signal: PausableSignal, other: PausableSignal) =>
				new PausableController({signal: [other, signal]}).signal,
		],
		[
			'any() of several',
			(signal: PausableSignal, other: PausableSignal) => PausableSignal.any([other, signal]),
		],
		[
			'any() with a time limit',
			(signal: PausableSignal) => PausableSignal.any([PausableSignal.timeout(1e6), signal]),
		],
	])('%s counts for each of them, in whatever order they are given', (_name, make) => {
		const [first, second] = [gathered(), gathered()];
		const signal = make(first.controller.signal, second.controller.signal);
		first.controller.pause();
		void signal.gate.wait();
		expect(first.areParked()).toBe(true);
	});

	test('noteRest() and noteCheckpoint() do the same by hand, on plain signals as well', () => {
		const {controller, areParked} = gathered();
		noteCheckpoint(controller.signal);
		const moveOn = noteRest(controller.signal);
		expect(areParked()).toBe(true);
		moveOn();
		moveOn();
		expect(areParked()).toBe(false);
		noteRest(controller.signal);
		expect(areParked()).toBe(true);
		const {signal} = new AbortController();
		noteCheckpoint(signal);
		noteRest(signal)();
	});

	test('restWhilePaused() rests at every pause until it is ended, and leaves nothing', () => {
		const {controller, areParked} = gathered();
		noteCheckpoint(controller.signal);
		const end = restWhilePaused(controller.signal);
		const seen = [areParked()];
		controller.pause();
		seen.push(areParked());
		controller.resume();
		seen.push(areParked());
		controller.pause();
		end();
		seen.push(areParked());
		expect(seen).toEqual([false, true, false, false]);
		const node = nodeOf(controller.signal);
		const {needs, watches} = node;
		const resting = countedOf(node)?.branch?.resting;
		expect({needs, watches, resting}).toEqual({needs: 0, watches: 0, resting: 0});
	});
});

describe('Timer', () => {
	test.each([1, 1000, 2 ** 31 - 1, 2 ** 31, 2 ** 33 + 5])('fires after %p ms, once', (ms) => {
		jest.useFakeTimers();
		let fired = 0;
		new Timer(() => fired++, ms);
		jest.advanceTimersByTime(ms - 1);
		expect(fired).toBe(0);
		jest.advanceTimersByTime(1);
		expect([fired, jest.getTimerCount()]).toEqual([1, 0]);
	});

	test('never fires after Infinity, or once it is cancelled, in whichever of its turns', () => {
		jest.useFakeTimers();
		let fired = 0;
		const never = new Timer(() => fired++, Infinity);
		const long = new Timer(() => fired++, 2 ** 32);
		jest.advanceTimersByTime(2 ** 31);
		long.cancel();
		never.cancel();
		long.cancel();
		jest.advanceTimersByTime(2 ** 33);
		expect([fired, jest.getTimerCount()]).toEqual([0, 0]);
	});

	test('may be cancelled in its own callback', () => {
		jest.useFakeTimers();
		let fired = 0;
		const timer: Timer = new Timer(() => {
			fired++;
			timer.cancel();
		}, 5);
		jest.advanceTimersByTime(10);
		expect(fired).toBe(1);
	});
});
