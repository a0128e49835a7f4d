// An abort among jobs that move from list to list while it looks for them.
import {afterEach, beforeEach, expect, jest, test} from '@jest/globals';
import {Aborts} from '../../src/bullmq/aborts.ts';
import {WaitingRoom} from '../../src/bullmq/waiting-room.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

type List = 'wait' | 'prioritized' | 'delayed' | 'active' | 'failed';
const states: Record<string, string> = {wait: 'waiting'};

/** A queue in memory, which calls `onCall` before each call that it answers. */
class Lists {
	readonly #jobs = new Map<string, List>();
	onCall: (call: string) => void = () => {};
	/** Of all its jobs. */
	timestamp = 0;

	move(id: string, list: List): void {
		this.#jobs.delete(id);
		this.#jobs.set(id, list);
	}

	has(id: string): boolean {
		return this.#jobs.has(id);
	}

	async getRanges([list]: List[], start: number, end: number, isAscending: boolean): Promise<string[][]> {
		this.onCall(`look at ${list}`);
		const ids = [...this.#jobs].filter(([, of]) => of === list).map(([id]) => id);
		if (!isAscending) ids.reverse();
		return [ids.slice(start, end + 1)];
	}

	async getJobData(id: string): Promise<object | undefined> {
		return this.has(id) ? {timestamp: this.timestamp} : undefined;
	}

	async getState(id: string): Promise<string> {
		const list = this.#jobs.get(id) ?? 'unknown';
		return states[list] ?? list;
	}

	async remove(id: string): Promise<number> {
		this.onCall(`remove ${id}`);
		const isFree = this.#jobs.get(id) !== 'active';
		return isFree && this.#jobs.delete(id) ? 1 : 0;
	}
}

function open(): {lists: Lists; aborts: Aborts; concerns(id: string): boolean} {
	const lists = new Lists();
	const aborts = new Aborts({
		room: new WaitingRoom(lists),
		scopeOf: ({id}) => ({set: 'a', job: id}),
		insist: (attempt) => attempt(),
		isClosing: () => false,
	});
	const concerns = (id: string): boolean => aborts.find({set: 'a', job: id}, lists.timestamp) !== undefined;
	return {lists, aborts, concerns};
}

const order = {id: 'order', scope: 'set:a', at: 0};

const moves: readonly (readonly List[])[] = [
	['delayed', 'wait'],
	['delayed', 'prioritized'],
	['delayed', 'wait', 'active'],
	['wait', 'active'],
	['active', 'wait'],
	['active', 'delayed'],
];
const looks = ['active', 'delayed', 'prioritized', 'wait', 'active'];

test.each(moves)('16: an abort misses no job that moves from %s to %s while it looks', async (...path) => {
	for (const [at] of looks.entries()) {
		const {lists, aborts, concerns} = open();
		lists.move('job', path[0]!);
		let calls = 0;
		lists.onCall = (call) => {
			if (!call.startsWith('look') || calls++ !== at || !lists.has('job')) return;
			for (const list of path.slice(1)) if (list !== undefined) lists.move('job', list);
		};
		await aborts.obey(order);
		// A later job has another id, and the abort does not concern it.
		expect(concerns('later')).toBe(false);
		expect(!lists.has('job') || concerns('job')).toBe(true);
		await jest.advanceTimersByTimeAsync(1000);
		expect(!lists.has('job') || concerns('job')).toBe(true);
		lists.move('job', 'failed');
		await jest.advanceTimersByTimeAsync(5000);
		expect([lists.has('job'), concerns('job')]).toEqual([true, false]);
		expect(jest.getTimerCount()).toBe(0);
	}
});

test('16: a job that comes up while it is removed fails', async () => {
	const {lists, aborts, concerns} = open();
	lists.move('job', 'wait');
	lists.onCall = (call) => {
		if (call === 'remove job') lists.move('job', 'active');
	};
	await aborts.obey(order);
	expect(concerns('job')).toBe(true);
	lists.move('job', 'wait');
	lists.onCall = () => {};
	await jest.advanceTimersByTimeAsync(1000);
	expect([lists.has('job'), concerns('job')]).toEqual([false, false]);
});

test('16: an abort does not concern a later job that has the id of an aborted one', async () => {
	const {lists, aborts, concerns} = open();
	lists.move('job', 'active');
	await aborts.obey(order);
	expect(concerns('job')).toBe(true);
	lists.timestamp = 5000;
	lists.move('job', 'wait');
	expect(concerns('job')).toBe(false);
	await jest.advanceTimersByTimeAsync(5000);
	expect(lists.has('job')).toBe(true);
});

test('16: an abort misses no job while many others come up', async () => {
	const {lists, aborts} = open();
	for (let at = 0; at < 1200; at++) lists.move(`${at}`, 'wait');
	let first = 0;
	lists.onCall = (call) => {
		if (call === 'look at wait') for (let count = 0; count < 100; count++) lists.move(`${first++}`, 'active');
	};
	await aborts.obey(order);
	for (let at = first; at < 1200; at++) expect(lists.has(`${at}`)).toBe(false);
});

test('16: an abort that found no worker ends only when the jobs of dead workers have ended', async () => {
	const {lists, aborts} = open();
	lists.move('job', 'active');
	let isOver = false;
	const obeyed = aborts.obey({...order, left: true}).then(() => (isOver = true));
	await jest.advanceTimersByTimeAsync(30_000);
	expect(isOver).toBe(false);
	// Its lock has run out.
	lists.move('job', 'wait');
	await jest.advanceTimersByTimeAsync(5000);
	await obeyed;
	expect(lists.has('job')).toBe(false);
});
