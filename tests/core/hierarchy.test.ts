// Rule 5: pause is hierarchical. Parents that are not ours are in foreign.test.ts.
import {describe, expect, test} from '@jest/globals';
import {PausableController, PausableSignal} from 'pausable-signal';
import {flush, logEvents, watched} from './support.ts';

function family(): {parent: PausableController; child: PausableController} {
	const parent = new PausableController();
	return {parent, child: new PausableController({signal: parent.signal})};
}

describe('a child', () => {
	// node.ts, invariant 1
	test('is paused while it or any ancestor is', () => {
		const {parent, child} = family();
		const grandchild = new PausableController({signal: child.signal});
		const look = (): boolean[] => [parent, child, grandchild].map(({signal}) => signal.paused);
		parent.pause();
		expect(look()).toEqual([true, true, true]);
		child.pause();
		parent.resume();
		expect(look()).toEqual([false, true, true]);
		child.resume();
		grandchild.pause();
		expect(look()).toEqual([false, false, true]);
	});

	test('born under a paused parent is born paused, and no event tells of it', () => {
		const parent = new PausableController();
		parent.pause('before');
		const child = new PausableController({signal: parent.signal});
		const log = logEvents({child: child.signal});
		expect([child.signal.paused, child.signal.pauseReason, log]).toEqual([true, 'before', []]);
		parent.resume();
		expect(log).toEqual(['resume child']);
	});

	test('born under an aborted parent is born aborted, with its reason and without an event', () => {
		const parent = new PausableController();
		const reason = {why: 'gone'};
		parent.abort(reason);
		const child = new PausableController({signal: parent.signal, name: 'late'});
		expect(child.signal.aborted).toBe(true);
		expect(child.signal.reason).toBe(reason);
		expect([child.pause(), child.signal.name]).toEqual([false, 'late']);
	});

	test('keeps its own hold when the parent resumes', () => {
		const {parent, child} = family();
		parent.pause('parent');
		child.pause('child');
		parent.resume();
		expect([child.signal.paused, child.signal.pauseReason]).toEqual([true, 'child']);
	});

	test('is aborted with the parent, with the same reason', () => {
		const {parent, child} = family();
		const reason = {why: 'enough'};
		parent.abort(reason);
		expect(child.signal.reason).toBe(reason);
	});

	test('passes nothing up: neither pause, nor hold, nor abort', () => {
		const {parent, child} = family();
		const log = logEvents({parent: parent.signal});
		child.pause();
		child.hold();
		expect([parent.signal.paused, parent.signal.holds]).toEqual([false, []]);
		child.abort();
		expect([parent.signal.aborted, log]).toEqual([false, []]);
	});

	test('passes nothing to its siblings', () => {
		const {parent, child} = family();
		const sibling = new PausableController({signal: parent.signal});
		child.pause();
		child.abort();
		expect([sibling.signal.paused, sibling.signal.aborted]).toEqual([false, false]);
	});

	test('cannot resume what the parent paused', () => {
		const {parent, child} = family();
		parent.pause();
		expect([child.resume(), child.signal.paused]).toEqual([false, true]);
	});

	test('waits for both: its own hold and the parent’s, whichever goes first', async () => {
		for (const order of ['parent first', 'child first']) {
			const {parent, child} = family();
			parent.pause();
			child.pause();
			const wait = watched(child.signal.gate.wait());
			const [first, second] = order === 'parent first' ? [parent, child] : [child, parent];
			first.resume();
			await flush();
			expect(wait.state).toBe('pending');
			second.resume();
			await flush();
			expect(wait.value).toBe(true);
		}
	});

	test('of PausableSignal.none stands alone', () => {
		const child = new PausableController({signal: PausableSignal.none});
		child.pause();
		child.abort();
		expect([PausableSignal.none.paused, PausableSignal.none.aborted]).toEqual([false, false]);
	});

	test('that was aborted on its own keeps its reason', () => {
		const {parent, child} = family();
		child.abort('its own');
		parent.abort('the parent’s');
		expect(child.signal.reason).toBe('its own');
	});
});

describe('several parents', () => {
	test('any of them pauses it', () => {
		const [a, b] = [new PausableController(), new PausableController()];
		const child = new PausableController({signal: [a.signal, b.signal]});
		a.pause();
		b.pause();
		a.resume();
		expect(child.signal.paused).toBe(true);
		b.resume();
		expect(child.signal.paused).toBe(false);
	});

	test('any of them aborts it; the first one’s reason counts', () => {
		const [a, b] = [new PausableController(), new PausableController()];
		const child = new PausableController({signal: [a.signal, b.signal]});
		b.abort('b');
		a.abort('a');
		expect(child.signal.reason).toBe('b');
	});

	test('of which several are aborted already: the first in the list counts', () => {
		const aborted = ['a', 'b'].map((reason) => AbortSignal.abort(reason));
		const child = new PausableController({signal: [new PausableController().signal, ...aborted]});
		expect(child.signal.reason).toBe('a');
	});

	test('an abort that comes in several ways comes once', () => {
		const top = new PausableController();
		const sides = [1, 2].map(() => new PausableController({signal: top.signal}));
		const bottom = new PausableController({signal: [...sides.map(({signal}) => signal), top.signal]});
		const log = logEvents({bottom: bottom.signal});
		top.pause();
		top.resume();
		top.abort();
		expect(log).toEqual(['pause bottom', 'resume bottom', 'abort bottom']);
	});

	test('the same one twice is one', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: [parent.signal, parent.signal]});
		parent.pause('once');
		expect(child.signal.holds).toHaveLength(1);
	});

	test('none at all: an empty list', () => {
		const child = new PausableController({signal: []});
		expect([child.signal.paused, child.signal.aborted]).toEqual([false, false]);
	});

	test('its abort frees the other parents from it, while those live on', async () => {
		const [a, b] = [new PausableController(), new PausableController()];
		const child = new PausableController({signal: [a.signal, b.signal]});
		b.pause();
		const wait = watched(child.signal.gate.wait());
		a.abort();
		b.resume();
		await flush();
		expect(wait).toEqual({state: 'resolved', value: false});
		expect([b.pause(), b.signal.paused]).toEqual([true, true]);
	});
});

describe('name', () => {
	test('is the controller’s, and none where none was given', () => {
		expect(new PausableController({name: 'poll'}).signal.name).toBe('poll');
		expect(new PausableController().signal.name).toBeUndefined();
		expect(PausableSignal.any([]).name).toBeUndefined();
	});
});

describe('size', () => {
	test('12,000 levels can listen, wait, pause, resume and abort', async () => {
		const root = new PausableController();
		let leaf = root;
		for (let level = 0; level < 12_000; level++) leaf = new PausableController({signal: leaf.signal});
		const log = logEvents({leaf: leaf.signal});
		root.pause();
		const wait = watched(leaf.signal.gate.wait());
		root.resume();
		root.pause();
		const checkpoint = watched(leaf.signal.checkpoint());
		root.abort('enough');
		await flush();
		expect([wait.value, checkpoint.reason]).toEqual([false, 'enough']);
		expect(log).toEqual(['pause leaf', 'resume leaf', 'pause leaf', 'abort leaf']);
	});

	test('a ladder of 200 diamonds is walked once, not once for each of its 2^200 ways', async () => {
		const root = new PausableController();
		let row = [root.signal, root.signal];
		for (let level = 0; level < 200; level++)
			row = [0, 1].map(() => new PausableController({signal: row}).signal);
		const log = logEvents({left: row[0]!, right: row[1]!});
		root.pause();
		const waits = row.map((signal) => watched(signal.gate.wait()));
		root.resume();
		await flush();
		root.abort();
		expect(waits.map(({value}) => value)).toEqual([true, true]);
		expect(log).toEqual(['pause', 'resume', 'abort'].flatMap((type) => [`${type} left`, `${type} right`]));
	});
});
