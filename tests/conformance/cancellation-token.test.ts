// The cases of tokio-util, tests/sync_cancellation_token.rs (tokio-rs/tokio as read at 1edb6e6, and the later
// run_until_cancelled from a newer copy): a token is a PausableController, a child token a child of its signal, and
// `cancelled()` a promise that settles at the abort. Its futures count their wake-ups; here the settled waits are
// counted, in each of the ways to wait for an abort.
import {describe, expect, test} from '@jest/globals';
import {abortable, execute, forever, PausableController, type PausableSignal} from 'pausable-signal';
import {collectGarbage, Deferred, flush, listenersOn, rejectionOf, watched} from './kit.ts';

function child(parent: PausableController): PausableController {
	return new PausableController({signal: parent.signal});
}

/** Counts what has been woken. */
class Counter {
	woken = 0;
	readonly #wait: (signal: PausableSignal) => Promise<unknown>;

	constructor(wait: (signal: PausableSignal) => Promise<unknown>) {
		this.#wait = wait;
	}

	/** Begins to wait for the abort of each. */
	async wait(...controllers: readonly PausableController[]): Promise<void> {
		const wake = (): unknown => this.woken++;
		for (const {signal} of controllers) this.#wait(signal).then(wake, wake);
		await flush();
	}
}

/** The ways to wait; where `paused`, they end only because an abort beats a pause. */
const ways: readonly (readonly [string, boolean, (signal: PausableSignal) => Promise<unknown>])[] = [
	['an abort event', false, (signal) => new Promise((resolve) => signal.addEventListener('abort', resolve))],
	['forever()', false, forever],
	['forever() while paused', true, forever],
	['a parked checkpoint', true, (signal) => signal.checkpoint()],
	['a parked gate', true, (signal) => signal.gate.wait()],
];

describe.each(ways)('waiting by %s', (_name, paused, wait) => {
	function create(): {root: PausableController; counter: Counter} {
		const root = new PausableController();
		if (paused) root.pause();
		return {root, counter: new Counter(wait)};
	}

	test('cancel_token: nobody is woken before the abort, everybody by it', async () => {
		const {root, counter} = create();
		await counter.wait(root, root);
		expect([counter.woken, root.signal.aborted]).toEqual([0, false]);
		root.abort();
		await flush();
		expect([counter.woken, root.signal.aborted]).toEqual([2, true]);
	});

	test('cancel_child_token_through_parent', async () => {
		const {root, counter} = create();
		const token = child(root);
		await counter.wait(token, root);
		expect(counter.woken).toBe(0);
		root.abort();
		await flush();
		expect([counter.woken, root.signal.aborted, token.signal.aborted]).toEqual([2, true, true]);
	});

	test('cancel_grandchild_token_through_parent_if_child_was_dropped', async () => {
		const {root, counter} = create();
		const grandchild = child(child(root));
		await counter.wait(grandchild, root);
		await collectGarbage();
		expect([counter.woken, grandchild.signal.aborted]).toEqual([0, false]);
		root.abort('enough');
		await flush();
		expect([counter.woken, grandchild.signal.reason]).toEqual([2, 'enough']);
	});

	test('cancel_child_token_without_parent', async () => {
		const {root, counter} = create();
		const first = child(root);
		await counter.wait(first, root);
		first.abort();
		await flush();
		expect([counter.woken, first.signal.aborted, root.signal.aborted]).toEqual([1, true, false]);
		const second = child(root);
		await counter.wait(second);
		expect(counter.woken).toBe(1);
		root.abort();
		await flush();
		expect([counter.woken, second.signal.aborted, root.signal.aborted]).toEqual([3, true, true]);
	});

	test('cancel_only_all_descendants', async () => {
		const {root, counter} = create();
		const token = child(root);
		const sibling = child(root);
		const [child1, child2] = [child(token), child(token)];
		const [grandchild1, grandchild2] = [child(child1), child(child1)];
		const greatGrandchild = child(grandchild1);
		const below = [token, child1, child2, grandchild1, grandchild2, greatGrandchild];
		await counter.wait(root, sibling, ...below);
		expect([root, sibling, ...below].some(({signal}) => signal.aborted)).toBe(false);
		token.abort();
		await flush();
		expect(counter.woken).toBe(6);
		expect(below.every(({signal}) => signal.aborted)).toBe(true);
		expect([root.signal.aborted, sibling.signal.aborted]).toEqual([false, false]);
		await flush();
		expect(counter.woken).toBe(6);
		root.abort();
		await flush();
		expect([counter.woken, sibling.signal.aborted]).toEqual([8, true]);
	});
});

describe.each([
	['resumed', false],
	['paused', true],
])('while %s', (_name, paused) => {
	function create(): PausableController {
		const root = new PausableController();
		if (paused) root.pause();
		return root;
	}

	test('create_child_token_after_parent_was_cancelled: nobody waits', async () => {
		const root = create();
		root.abort('enough');
		const token = child(root);
		expect([token.signal.aborted, token.signal.paused]).toEqual([true, false]);
		for (const {signal} of [token, root]) {
			const waits = [forever(signal), signal.checkpoint(), signal.gate.wait()].map((wait) =>
				watched<unknown>(wait),
			);
			await flush();
			expect(waits).toEqual([
				{state: 'rejected', reason: 'enough'},
				{state: 'rejected', reason: 'enough'},
				{state: 'resolved', value: false},
			]);
		}
	});

	test.each(['first', 'last'])(
		'drop_multiple_child_tokens, the %s first: the parent does not care',
		async (end) => {
			const root = create();
			const tokens = [child(root), child(root), child(root)];
			while (tokens.length > 0) {
				if (end === 'first') tokens.shift();
				else tokens.pop();
				await collectGarbage();
				expect([root.signal.aborted, tokens.some(({signal}) => signal.aborted)]).toEqual([false, false]);
			}
			root.abort();
			expect(root.signal.aborted).toBe(true);
		},
	);

	test('drop_parent_before_child_tokens: the children are not aborted, and are what they were', async () => {
		const tokens = ((root) => [child(root), child(root)])(create());
		await collectGarbage();
		expect(tokens.map(({signal}) => signal.aborted)).toEqual([false, false]);
		expect(tokens.map(({signal}) => signal.paused)).toEqual([paused, paused]);
		tokens[0]?.abort();
		expect(tokens.map(({signal}) => signal.aborted)).toEqual([true, false]);
	});

	test('cancel_token_owned_drop_test: a wait that nobody refers to hurts nobody', async () => {
		const root = create();
		((signal) => void forever(signal).catch(() => {}))(root.signal);
		await collectGarbage();
		expect(root.signal.aborted).toBe(false);
		root.abort();
	});

	test('run_until_cancelled: the abort ends it', async () => {
		const root = create();
		const work = abortable(root.signal, new Promise(() => {}));
		root.abort('enough');
		expect(await rejectionOf(work)).toBe('enough');
		expect(listenersOn(root.signal)).toBe(0);
	});

	test('run_until_cancelled: or its work does', async () => {
		const root = create();
		const answer = new Deferred<number>();
		const work = watched(abortable(root.signal, answer.promise));
		await flush();
		expect(work.state).toBe('pending');
		answer.resolve(42);
		await flush();
		expect(work).toEqual({state: 'resolved', value: 42});
	});

	test('run_until_cancelled: what is aborted already is not started', async () => {
		const root = create();
		root.abort('enough');
		let calls = 0;
		const work = execute(root.signal, () => {
			calls++;
			return () => {};
		});
		expect([await rejectionOf(work), calls]).toEqual(['enough', 0]);
	});

	test('a drop guard: `using` aborts at the end of the block, and all below', () => {
		const outer = create();
		let seen: boolean[];
		let inner: PausableController;
		{
			using guarded = child(outer);
			inner = child(guarded);
			seen = [guarded.signal.aborted, inner.signal.aborted];
		}
		expect([...seen, inner.signal.aborted, outer.signal.aborted]).toEqual([false, false, true, false]);
		expect(inner.signal.reason).toMatchObject({name: 'AbortError'});
	});
});
