// The cases of Go's context: golang/go, src/context/context_test.go and x_test.go (as read at ed1f812, and the later
// tests of causes and AfterFunc from a copy of 1.26), afterfunc_test.go (518a9bb). A context is a PausableSignal,
// WithCancel a child controller, WithTimeout a deadline(), Background none, a cause the reason, and a context of
// another kind is a plain AbortSignal. All of it must hold while everything is paused, too.
import {afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import {
	deadline,
	delay,
	forever,
	PausableController,
	type PausableControllerOptions,
	PausableSignal,
	shield,
} from 'pausable-signal';
import {flush, listenersOn, thrownBy, watched} from './kit.ts';

const veryLong = 3.6e9;
const canceled = expect.objectContaining({name: 'AbortError', code: 20});
const deadlineExceeded = expect.objectContaining({name: 'TimeoutError', code: 23});

beforeEach(() => {
	jest.useFakeTimers();
});

afterEach(() => {
	jest.useRealTimers();
});

function withCancel(parent?: AbortSignal): PausableController {
	return new PausableController({signal: parent});
}

function states(signals: readonly AbortSignal[]): boolean[] {
	return signals.map(({aborted}) => aborted);
}

/** A context of another kind: a plain AbortSignal that follows another one, with a listener as anybody would. */
function otherContext(signal: AbortSignal): AbortSignal {
	const controller = new AbortController();
	if (signal.aborted) controller.abort(signal.reason);
	else signal.addEventListener('abort', () => controller.abort(signal.reason));
	return controller.signal;
}

describe.each([
	['resumed', false],
	['paused', true],
])('while %s', (_name, paused) => {
	/** A root for what a test makes, paused or not. */
	function withRoot(): PausableController {
		const root = new PausableController();
		if (paused) root.pause();
		return root;
	}

	test('TestBackground: is never done', async () => {
		const done = watched(forever(PausableSignal.none));
		await flush();
		expect([done.state, PausableSignal.none.aborted]).toEqual(['pending', false]);
	});

	test('TestWithCancel: all that follow are done when cancel() returns, foreign ones in between, too', () => {
		const c1 = withRoot();
		const other = otherContext(c1.signal);
		const c2 = withCancel(other);
		const contexts = [c1.signal, other, c2.signal];
		expect([states(contexts), contexts.map(({reason}) => reason as unknown)]).toEqual([
			[false, false, false],
			[undefined, undefined, undefined],
		]);
		c1.abort();
		expect(states(contexts)).toEqual([true, true, true]);
		for (const {reason} of contexts) {
			expect(reason).toEqual(canceled);
			expect(reason).toBe(c1.signal.reason);
		}
	});

	test('TestParentFinishesChild: children, timers and what comes after', () => {
		const parent = withRoot();
		const cancelChild = withCancel(parent.signal);
		const valueChild = PausableSignal.any([parent.signal]);
		const timerChild = deadline(valueChild, veryLong);
		const contexts = [parent.signal, cancelChild.signal, valueChild, timerChild];
		expect(states(contexts)).toEqual([false, false, false, false]);
		parent.abort();
		for (const {reason} of contexts) expect(reason).toEqual(canceled);
		expect(jest.getTimerCount()).toBe(0);
		expect(PausableSignal.any([parent.signal]).reason).toBe(parent.signal.reason);
	});

	test.each(['Background', 'a cancelable one'])('TestChildFinishesFirst: %s goes on', (kind) => {
		const parent = kind === 'Background' ? PausableSignal.none : withRoot().signal;
		const child = withCancel(parent);
		expect(states([parent, child.signal])).toEqual([false, false]);
		child.abort();
		expect(states([parent, child.signal])).toEqual([false, true]);
		expect([child.signal.reason, parent.reason]).toEqual([canceled, undefined]);
	});

	test('TestCanceledTimeout: a cancel comes before the time', () => {
		const root = withRoot();
		const outer = otherContext(deadline(root.signal, 1000));
		const inner = withCancel(deadline(outer, veryLong));
		inner.abort();
		expect([inner.signal.reason, outer.aborted]).toEqual([canceled, false]);
		jest.advanceTimersByTime(1000);
		expect(inner.signal.reason).toEqual(canceled);
		root.abort();
	});

	test('TestSimultaneousCancels: a tree of 100, cancelled in any order', async () => {
		const controllers = [withRoot()];
		for (const {signal} of controllers) {
			if (controllers.length >= 100) break;
			for (let i = 0; i < 4; i++) controllers.push(withCancel(signal));
		}
		const waits = controllers.map(({signal}) => watched(forever(signal)));
		expect(controllers).toHaveLength(101);
		// A permutation, as 101 is a prime; the root comes after some.
		for (let i = 0, at = 1; i < 101; i++, at = (at + 37) % 101) controllers[at]?.abort(at);
		await flush();
		expect(waits.map(({state}) => state)).toEqual(controllers.map(() => 'rejected'));
		expect(new Set(waits.map(({reason}) => reason)).size).toBeGreaterThan(10);
	});

	test('TestInterlockedCancels: the abort of the parent aborts the child once more', async () => {
		const parent = withRoot();
		const child = withCancel(parent.signal);
		const calls: unknown[] = [];
		child.signal.addEventListener('abort', () => calls.push(child.signal.reason));
		parent.signal.addEventListener('abort', () => child.abort('from within'));
		const done = watched(forever(child.signal));
		parent.abort('from above');
		await flush();
		expect([calls, done.reason]).toEqual([['from above'], 'from above']);
	});

	describe('TestLayersCancel: thirty layers', () => {
		/** Layers of all kinds on top of each other, each below the one before. */
		function layers(): {controllers: PausableController[]; top: PausableSignal; root: PausableController} {
			const root = withRoot();
			const controllers: PausableController[] = [];
			let top: PausableSignal = root.signal;
			for (let i = 0; i < 30; i++) {
				if (i % 3 === 0) top = PausableSignal.any([top]);
				if (i % 3 === 1) top = deadline(top, veryLong);
				if (i % 3 === 2) controllers.push(withCancel(top));
				top = controllers.at(-1)?.signal ?? top;
			}
			return {controllers, top, root};
		}

		test.each([0, 4, 9])('cancelling number %d of the ten that can be finishes the top', (index) => {
			const {controllers, top, root} = layers();
			expect(top.aborted).toBe(false);
			controllers[index]?.abort('enough');
			expect([top.reason, states(controllers.map(({signal}) => signal))]).toEqual([
				'enough',
				controllers.map((_, at) => at >= index),
			]);
			root.abort();
			expect(jest.getTimerCount()).toBe(0);
		});
	});

	test('TestCancelRemoves: a child that is cancelled leaves nothing on its parent', () => {
		const {signal} = new AbortController();
		const seen = [listenersOn(signal)];
		const child = withCancel(signal);
		seen.push(listenersOn(signal));
		child.abort();
		seen.push(listenersOn(signal));
		const timed = withCancel(deadline(signal, veryLong));
		seen.push(listenersOn(signal));
		timed.abort();
		expect(seen).toEqual([0, 1, 0, 1]);
	});

	test('TestWithCancelCanceledParent: a child of it is done at once, with its cause', () => {
		const parent = withRoot();
		const cause = new Error('because');
		parent.abort(cause);
		const child = withCancel(parent.signal);
		expect([child.signal.aborted, child.signal.paused]).toEqual([true, false]);
		expect(child.signal.reason).toBe(cause);
	});

	test('TestWithCancelSimultaneouslyCanceledParent: a child that is made in the middle of it', () => {
		const parent = withRoot();
		const made: PausableSignal[] = [];
		const make = (): void => void made.push(withCancel(parent.signal).signal);
		withCancel(parent.signal).signal.addEventListener('abort', make);
		parent.signal.addEventListener('abort', make);
		parent.abort('because');
		expect(made.map(({reason}) => reason)).toEqual(['because', 'because']);
	});

	describe('TestCause', () => {
		interface Tree {
			readonly parent: PausableController;
			readonly child: PausableController;
		}

		const cases: readonly (readonly [string, unknown, unknown, (tree: Tree) => void])[] = [
			['nothing', undefined, undefined, () => {}],
			['WithCancel', canceled, canceled, ({parent}) => parent.abort()],
			['WithCancelCause', 'parent', 'parent', ({parent}) => parent.abort('parent')],
			['WithCancelCause nil', canceled, canceled, ({parent}) => parent.abort(undefined)],
			[
				'parent cause before child',
				'parent',
				'parent',
				({parent, child}) => {
					parent.abort('parent');
					child.abort('child');
				},
			],
			[
				'parent cause after child',
				'child',
				'parent',
				({parent, child}) => {
					child.abort('child');
					parent.abort('parent');
				},
			],
			[
				'parent cause before nil',
				'parent',
				'parent',
				({parent, child}) => {
					parent.abort('parent');
					child.abort();
				},
			],
			[
				'parent cause after nil',
				canceled,
				'parent',
				({parent, child}) => {
					child.abort();
					parent.abort('parent');
				},
			],
			[
				'child cause after nil',
				canceled,
				canceled,
				({parent, child}) => {
					parent.abort();
					child.abort('child');
				},
			],
			[
				'child cause before nil',
				'child',
				canceled,
				({parent, child}) => {
					child.abort('child');
					parent.abort();
				},
			],
		];

		test.each(cases)('%s', (_case, ofChild, ofParent, act) => {
			const parent = withRoot();
			const child = withCancel(parent.signal);
			act({parent, child});
			expect([child.signal.reason, parent.signal.reason]).toEqual([ofChild, ofParent]);
		});

		test.each(cases)('%s, with a context of another kind in between', (_case, ofChild, ofParent, act) => {
			const parent = withRoot();
			const child = withCancel(otherContext(parent.signal));
			act({parent, child});
			expect([child.signal.reason, parent.signal.reason]).toEqual([ofChild, ofParent]);
		});

		test('WithTimeout canceled, and stacked canceled: the first end counts', () => {
			const root = withRoot();
			const limited = withCancel(deadline(root.signal, veryLong));
			limited.abort('finished early');
			const stacked = deadline(root.signal, veryLong);
			root.abort('stopped');
			expect([limited.signal.reason, stacked.reason]).toEqual(['finished early', 'stopped']);
		});
	});

	test('TestWithoutCancel: a shielded signal outlives all that happens to the outer one', async () => {
		const root = withRoot();
		const seen: PausableSignal[] = [];
		await shield(root.signal, (signal) => {
			seen.push(signal);
			root.abort('finished early');
			expect([signal.aborted, signal.paused, signal.reason]).toEqual([false, false, undefined]);
		});
		expect(seen).toHaveLength(1);
	});

	test('TestCustomContextCause: a cancelled child does not cancel a foreign parent, nor the other way round', () => {
		const custom = new AbortController();
		const child = withCancel(custom.signal);
		child.abort('cause');
		expect([child.signal.reason, custom.signal.aborted]).toEqual(['cause', false]);
		custom.abort();
		expect([child.signal.reason, custom.signal.reason]).toEqual(['cause', canceled]);
	});

	describe('AfterFunc: a listener, or a promise that settles at the abort', () => {
		test('TestAfterFuncCalledAfterCancel', () => {
			const {abort, signal} = bound(withRoot());
			let calls = 0;
			signal.addEventListener('abort', () => calls++);
			expect(calls).toBe(0);
			abort();
			expect(calls).toBe(1);
			abort();
			expect(calls).toBe(1);
		});

		test('TestAfterFuncCalledImmediately: a promise of an aborted signal', async () => {
			const {abort, signal} = bound(withRoot());
			abort('enough');
			const done = watched(forever(signal));
			await flush();
			expect(done).toEqual({state: 'rejected', reason: 'enough'});
		});

		test('TestAfterFuncNotCalledAfterStop', () => {
			const {abort, signal} = bound(withRoot());
			let calls = 0;
			const listener = (): unknown => calls++;
			const stop = withCancel();
			signal.addEventListener('abort', listener);
			signal.addEventListener('abort', () => calls++, {signal: stop.signal});
			signal.removeEventListener('abort', listener);
			stop.abort();
			abort();
			expect(calls).toBe(0);
		});

		test('TestAfterFuncCalledAsynchronously: abort() does not wait for promises', async () => {
			const {abort, signal} = bound(withRoot());
			const done = watched(forever(signal));
			await flush();
			abort();
			expect(done.state).toBe('pending');
			await flush();
			expect(done.state).toBe('rejected');
		});

		test('TestCustomContextAfterFuncUnregister: two children of a foreign signal, then none', () => {
			const {signal} = new AbortController();
			const children = [withCancel(signal), withCancel(signal)];
			expect(listenersOn(signal)).toBe(1);
			for (const child of children) child.abort();
			expect(listenersOn(signal)).toBe(0);
		});

		test('TestCustomContextAfterFuncCancel: the foreign signal ends a child and its deadline', () => {
			const custom = new AbortController();
			const child = withCancel(custom.signal);
			const limited = deadline(custom.signal, veryLong);
			custom.abort('enough');
			expect([child.signal.reason, limited.reason, jest.getTimerCount()]).toEqual(['enough', 'enough', 0]);
			expect(listenersOn(custom.signal)).toBe(0);
		});
	});

	test('TestContextErrDoneRace: whoever finds it aborted finds it done', () => {
		const root = withRoot();
		const child = withCancel(root.signal);
		const seen: unknown[] = [];
		const look = (): unknown => seen.push([root, child].map(({signal}) => [signal.aborted, signal.reason]));
		root.signal.addEventListener('abort', look);
		child.signal.addEventListener('abort', look);
		root.abort('enough');
		const all = [
			[true, 'enough'],
			[true, 'enough'],
		];
		expect(seen).toEqual([all, all]);
	});
});

/** Its own methods as functions: a Go cancel function is one. */
function bound(controller: PausableController): {abort: (reason?: unknown) => void; signal: PausableSignal} {
	return {abort: (reason) => controller.abort(reason), signal: controller.signal};
}

describe('deadlines', () => {
	test('TestDeadline: is exceeded when the time is over, not before', () => {
		const {signal} = new PausableController();
		const limited = deadline(signal, 50);
		jest.advanceTimersByTime(49);
		expect(limited.aborted).toBe(false);
		jest.advanceTimersByTime(1);
		expect([limited.reason, signal.aborted]).toEqual([deadlineExceeded, false]);
	});

	test('TestDeadline: through a context of another kind, the shorter one counts', () => {
		const other = otherContext(deadline(new PausableController().signal, 50));
		const longer = deadline(other, veryLong);
		jest.advanceTimersByTime(50);
		expect([other.reason, longer.reason]).toEqual([deadlineExceeded, deadlineExceeded]);
		expect(jest.getTimerCount()).toBe(0);
	});

	test('TestDeadline: a shorter one below a longer one leaves that alone', () => {
		const longer = deadline(new PausableController().signal, veryLong);
		const shorter = deadline(longer, 50);
		jest.advanceTimersByTime(50);
		expect(states([longer, shorter])).toEqual([false, true]);
	});

	test('TestDeadline: now', () => {
		const limited = deadline(new PausableController().signal, 0);
		jest.advanceTimersByTime(0);
		expect(limited.reason).toEqual(deadlineExceeded);
	});

	test('TestDeadline: in the past is an error here', () => {
		expect(thrownBy(() => deadline(PausableSignal.none, -1))).toBeInstanceOf(RangeError);
	});

	test('TestLayersTimeout: thirty layers with one short deadline among them', () => {
		const root = new PausableController();
		let top: PausableSignal = root.signal;
		for (let i = 0; i < 30; i++) {
			if (i % 3 === 0) top = PausableSignal.any([top]);
			if (i % 3 === 1) top = deadline(top, i === 16 ? 1 : veryLong);
			if (i % 3 === 2) top = withCancel(top).signal;
		}
		expect(top.aborted).toBe(false);
		jest.advanceTimersByTime(1);
		expect([top.reason, root.signal.aborted]).toEqual([deadlineExceeded, false]);
	});

	test('TestCause: the time is over before a cancel, the cause stays', () => {
		const root = new PausableController();
		const limited = deadline(root.signal, 1);
		const child = withCancel(limited);
		jest.advanceTimersByTime(1);
		child.abort('finished early');
		root.abort('stopped');
		expect([limited.reason, child.signal.reason]).toEqual([deadlineExceeded, deadlineExceeded]);
		expect(child.signal.reason).toBe(limited.reason);
	});

	test('TestAfterFuncCalledAfterTimeout', () => {
		const limited = deadline(new PausableController().signal, 1);
		let calls = 0;
		limited.addEventListener('abort', () => calls++);
		jest.advanceTimersByTime(1);
		expect(calls).toBe(1);
	});

	test('a pause stops the clock of a deadline, and of a wait below it', async () => {
		const controller = new PausableController();
		const limited = deadline(controller.signal, 50);
		const slept = watched(delay(limited, 40));
		jest.advanceTimersByTime(30);
		controller.pause();
		jest.advanceTimersByTime(veryLong);
		await flush();
		expect([limited.aborted, slept.state]).toEqual([false, 'pending']);
		controller.resume();
		jest.advanceTimersByTime(10);
		await flush();
		expect([limited.aborted, slept.state]).toEqual([false, 'resolved']);
		jest.advanceTimersByTime(10);
		expect(limited.reason).toEqual(deadlineExceeded);
	});
});

describe('TestInvalidDerivedFail: what is no context is refused', () => {
	test.each([null, 5, {}, [null]])('as the parent: %j', (signal) => {
		expect(thrownBy(() => new PausableController({signal} as PausableControllerOptions))).toBeInstanceOf(
			TypeError,
		);
	});

	test.each([null, undefined, 5, {}])('as the parent of a deadline: %j', (signal) => {
		expect(thrownBy(() => deadline(signal as never, 1))).toBeInstanceOf(TypeError);
	});

	test.each([null, 5, {}])('among the sources of any(): %j', (signal) => {
		expect(thrownBy(() => PausableSignal.any([signal as never]))).toBeInstanceOf(TypeError);
	});
});
