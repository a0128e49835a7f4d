// A set that was refused is held, and comes back slowly.
import {afterEach, beforeEach, expect, jest, test} from '@jest/globals';
import {BackOff, type BackOffOptions, type TaskSet} from 'pausable-signal/queue';
import {createQueue, flush} from './kit.ts';

beforeEach(() => void jest.useFakeTimers({doNotFake: ['queueMicrotask', 'nextTick']}));
afterEach(() => void jest.useRealTimers());

function begin(options?: BackOffOptions): {set: TaskSet; backOff: BackOff} {
	const set = createQueue().taskSet('host', {concurrency: 3});
	return {set, backOff: new BackOff(set, options)};
}

test('one task at a time runs after the hold, and one more for each answer, until all is as before', async () => {
	const {set, backOff} = begin();
	backOff.refused({until: 1_000});
	expect([set.isPaused, set.concurrency, backOff.strikes]).toEqual([true, 1, 1]);
	backOff.answered();
	expect(set.concurrency).toBe(1);
	jest.advanceTimersByTime(1_000);
	await flush();
	const seen: number[] = [];
	for (let answer = 0; answer < 4; answer++) {
		seen.push(set.concurrency);
		backOff.answered();
	}
	expect([set.isPaused, seen, backOff.strikes]).toEqual([false, [1, 2, 3, 3], 0]);
});

test('without a time each hold is twice as long as the last, and at most `maxMs`', async () => {
	const {set, backOff} = begin({baseMs: 1_000, maxMs: 3_000});
	const spans: number[] = [];
	for (let strike = 0; strike < 4; strike++) {
		const hold = backOff.refused();
		spans.push((hold.until ?? 0) - hold.since);
		jest.advanceTimersByTime(3_000);
		await flush();
	}
	const longest = [1_000, 2_000, 3_000, 3_000];
	expect(spans.every((span, index) => span >= longest[index]! / 2 && span <= longest[index]!)).toBe(true);
	expect([set.isPaused, backOff.strikes]).toEqual([false, 4]);
});

test('refusals of requests that were under way together count as one; a later time wins', () => {
	const {set, backOff} = begin();
	const askedAt = performance.now();
	const first = backOff.refused({reason: '429', until: 1_000, askedAt});
	expect(backOff.refused({until: 500, askedAt})).toBe(first);
	expect(backOff.refused({askedAt})).toBe(first);
	const later = backOff.refused({reason: '503', until: new Date(Date.now() + 5_000), askedAt});
	expect(later).not.toBe(first);
	expect([set.holds.map(({reason}) => reason), backOff.strikes]).toEqual([['503'], 1]);
});

test('of several times the latest wins, whether they are dates or milliseconds', () => {
	const {set, backOff} = begin();
	const askedAt = performance.now();
	const date = (ms: number): Date => new Date(Date.now() + ms);
	const first = backOff.refused({until: 1_000, askedAt});
	for (const until of [500, 1_000, date(500), date(1_000)])
		expect(backOff.refused({until, askedAt})).toBe(first);
	const second = backOff.refused({until: 2_000, askedAt});
	const third = backOff.refused({until: date(3_000), askedAt});
	expect(new Set([first, second, third]).size).toBe(3);
	expect(set.holds).toMatchObject([{reason: 'refused', until: Date.now() + 3_000}]);
});

test('a refusal of a request that was sent in the moment of the hold is a new strike', async () => {
	const {backOff} = begin();
	backOff.refused({until: 1_000}).release();
	backOff.refused({until: 1_000});
	expect(backOff.strikes).toBe(2);
});

test('answered() changes nothing before a refusal, and nothing above full concurrency', async () => {
	const {set, backOff} = begin();
	set.concurrency = 1;
	backOff.answered();
	expect(set.concurrency).toBe(1);
	backOff.refused({until: 1_000}).release();
	set.concurrency = 3;
	backOff.answered();
	expect([set.concurrency, backOff.strikes]).toEqual([3, 0]);
	set.concurrency = 5;
	backOff.answered();
	expect(set.concurrency).toBe(5);
});

test('a refusal with a time does not shorten one without an end', () => {
	const {set, backOff} = begin();
	const askedAt = performance.now();
	const first = backOff.refused({reason: '410', until: Infinity, askedAt});
	expect(backOff.refused({until: 1_000, askedAt})).toBe(first);
	jest.advanceTimersByTime(1_000);
	expect(set.isPaused).toBe(true);
	first.release();
});

test('a refusal of a request that was sent before the hold is no new strike', async () => {
	const {backOff} = begin();
	const askedAt = performance.now();
	jest.advanceTimersByTime(1);
	const hold = backOff.refused({until: 1_000});
	hold.release();
	await flush();
	jest.advanceTimersByTime(1);
	backOff.refused({until: 1_000, askedAt});
	expect(backOff.strikes).toBe(1);
});

test('a hold of an earlier process goes on with its strikes', async () => {
	const {set, backOff} = begin({baseMs: 1_000});
	backOff.refused({reason: '429', until: new Date(Date.now() + 1_000), strikes: 3});
	expect([set.isPaused, set.concurrency, backOff.strikes]).toEqual([true, 1, 3]);
	jest.advanceTimersByTime(1_000);
	await flush();
	const next = backOff.refused();
	expect((next.until ?? 0) - next.since).toBeGreaterThanOrEqual(4_000);
	expect(backOff.strikes).toBe(4);
});

test('a back-off leaves the user’s pause alone', async () => {
	const {set, backOff} = begin();
	void set.pause('user');
	backOff.refused({until: 10});
	jest.advanceTimersByTime(10);
	await flush();
	expect(set.holds.map(({reason}) => reason)).toEqual(['user']);
	set.resume();
});

test('an error names bad input', () => {
	const {set} = begin();
	expect(() => new BackOff({} as never)).toThrow('set: expected a TaskSet');
	expect(() => new BackOff(createQueue().taskSet('free'))).toThrow('set: expected one with a `concurrency`');
	expect(() => new BackOff(set, {baseMs: -1})).toThrow('baseMs');
	expect(() => new BackOff(set).refused({until: 'soon' as never})).toThrow('until');
	expect(() => new BackOff(set).refused({strikes: 0})).toThrow('strikes');
});
