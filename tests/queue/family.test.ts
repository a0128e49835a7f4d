// The members of a lane: kept while they are busy, forgotten when they were collected.
import {expect, jest, test} from '@jest/globals';
import {PausableController, type PauseHold} from 'pausable-signal';
import {PausableQueue} from 'pausable-signal/queue';
import {Family} from '../../src/queue/family.ts';
import {LooseFollow, type LooseFollower} from '../../src/queue/loose-follow.ts';
import {createQueue, leftOn, macrotask, nothing} from './kit.ts';

interface Member {
	readonly name: string;
}

/** Collects all that nobody refers to. The registries are called later. */
async function collect(): Promise<void> {
	// A target of a WeakRef lives until the end of the job that made or read it.
	await macrotask();
	globalThis.gc?.();
}

/** Adds a member that nobody refers to. */
function addMember(family: Family<Member>, name: string): void {
	family.add(name, {name});
}

test('a member is busy from the first keep() to the last', () => {
	const family = new Family<Member>();
	const [one, other] = [{name: 'one'}, {name: 'other'}];
	expect([family.isBusy, family.wasUsed, family.all]).toEqual([false, false, []]);
	for (const member of [one, other]) family.add(member.name, member);
	expect([family.isBusy, family.wasUsed, family.all]).toEqual([false, true, [one, other]]);
	for (const member of [one, one, other]) family.keep(member, true);
	family.keep(one, false);
	expect(family.isBusy).toBe(true);
	family.keep(other, false);
	expect(family.isBusy).toBe(false);
	family.keep(one, true);
	family.delete('one', one);
	expect([family.isBusy, family.all, family.get('one'), family.get('other')]).toEqual([
		false,
		[other],
		undefined,
		other,
	]);
});

test('a busy member is kept, any other is collected; one that takes a name of theirs stays', async () => {
	const family = new Family<Member>();
	for (const name of ['busy', 'idle', 'forgotten']) addMember(family, name);
	family.keep(family.get('busy') as Member, true);
	await collect();
	expect(family.all).toEqual([{name: 'busy'}]);
	// Before the registry has forgotten the first of this name.
	const second = {name: 'idle'};
	family.add('idle', second);
	for (let registry = 0; registry < 50; registry++) await macrotask();
	expect([family.get('idle'), family.get('forgotten')]).toEqual([second, undefined]);
});

test('a follower is collected unless it is kept, and what a signal tells it then does nothing', async () => {
	const [loose, kept] = [new PausableController(), new PausableController()];
	const heard: string[] = [];
	const create = (name: string): LooseFollower => ({
		changed: () => void heard.push(`${name} changed`),
		aborted: (reason) => void heard.push(`${name} aborted: ${String(reason)}`),
	});
	const follow = (): void => {
		void new LooseFollow(loose.signal, create('loose'));
		const follower = create('kept');
		new LooseFollow(kept.signal, follower).kept = follower;
	};
	follow();
	for (const controller of [loose, kept]) controller.pause();
	expect(heard).toEqual(['loose changed', 'kept changed']);
	await collect();
	// Before the registry has removed the follower from its signal.
	for (const controller of [loose, kept]) {
		controller.resume();
		controller.pause();
		controller.abort('over');
	}
	expect(heard.slice(2)).toEqual(['kept changed', 'kept changed', 'kept aborted: over']);
});

test('what a signal tells a follower that is gone, but not yet removed from it, does nothing', () => {
	const controller = new PausableController();
	const heard: unknown[] = [];
	const follower = {changed: () => void heard.push('changed'), aborted: () => void heard.push('aborted')};
	void new LooseFollow(controller.signal, follower);
	controller.pause();
	const deref = jest.spyOn(WeakRef.prototype, 'deref').mockReturnValue(undefined);
	try {
		controller.resume();
		controller.abort();
	} finally {
		deref.mockRestore();
	}
	expect(heard).toEqual(['changed']);
});

test('a follower that was collected leaves nothing on its signal', async () => {
	const {signal} = new PausableController();
	const follow = (): void => {
		void new LooseFollow(signal, {changed() {}, aborted() {}});
	};
	follow();
	await collect();
	for (let registry = 0; registry < 50; registry++) await macrotask();
	expect(leftOn(signal)).toEqual(nothing);
});

// L2
test('a set without tasks is kept only by its listeners, not by its turns', async () => {
	const queue = createQueue({concurrency: 1, autoStart: false});
	const idle = createQueue({autoStart: false});
	const addAndClear = (name: string): void => {
		const set = idle.taskSet(name);
		const hold = set.hold('429');
		set.add(() => 1).catch(() => {});
		set.clear();
		hold.release();
	};
	const make = (): void => {
		queue.taskSet('held once').hold('429').release();
		void queue.taskSet('paused once').pause();
		queue.taskSet('paused once').resume();
		queue.taskSet('heard').addEventListener('progress', () => {});
		addAndClear('cleared');
		idle.taskSet('outer').taskSet('inner');
	};
	make();
	void queue.add(() => 'before the set');
	const last = queue.add(() => 1, {set: 'used'});
	for (const _afterwards of [1, 2]) queue.add(() => new Promise(() => {})).catch(() => {});
	queue.start();
	await last;
	await collect();
	const left = [queue, idle].map((one) => one.inspect().sets.map(({name}) => name));
	expect([queue.size, left]).toEqual([1, [['heard'], []]]);
});

test('a hold outlives the queue of its set, and keeps neither', async () => {
	const make = (): readonly [PauseHold, WeakRef<object>] => {
		const set = new PausableQueue().taskSet('set');
		return [set.hold('429'), new WeakRef(set)];
	};
	const [hold, set] = make();
	await collect();
	expect(set.deref()).toBeUndefined();
	expect(hold.release()).toBe(true);
});
