// BullMQ's own lock manager, with our corrections to it.
import {afterEach, expect, jest, test} from '@jest/globals';
import {LockManager} from 'bullmq';
import {keepLocks} from '../../src/bullmq/locks.ts';

const renewMs = 20;
const managers: LockManager[] = [];
afterEach(async () => {
	jest.restoreAllMocks();
	for (const manager of managers.splice(0)) await manager.close();
});

interface Bench {
	readonly manager: LockManager;
	readonly running: Set<string>;
	/** The tokens whose locks were renewed. */
	readonly renewed: string[];
}

function open(): Bench {
	const running = new Set<string>();
	const renewed: string[] = [];
	const worker = {
		name: 'queue',
		emit: () => true,
		trace: (_kind: unknown, _operation: unknown, _name: unknown, run: () => unknown) => run(),
		async extendJobLocks(_ids: string[], tokens: string[]) {
			renewed.push(...tokens);
			return [];
		},
	};
	const options = {lockRenewTime: renewMs, lockDuration: 2 * renewMs, workerId: 'worker'};
	const manager = new LockManager(worker as unknown as ConstructorParameters<typeof LockManager>[0], options);
	managers.push(manager);
	keepLocks(manager, (token) => running.has(token));
	return {manager, running, renewed};
}

async function untilRenewed({renewed}: Bench, token: string): Promise<void> {
	while (!renewed.includes(token)) await new Promise((resolve) => setTimeout(resolve, 1));
}

test('15: the end of an attempt that lost its lock does not stop the renewal for the attempt that has it', async () => {
	const bench = open();
	const {manager, running} = bench;
	manager.start();
	running.add('first').add('second');
	manager.trackJob('7', 'first', Date.now());
	manager.trackJob('7', 'second', Date.now());
	running.delete('first');
	manager.untrackJob('7');
	await untilRenewed(bench, 'second');
	running.delete('second');
	manager.untrackJob('7');
	expect(manager.getActiveJobCount()).toBe(0);
});

test('a job whose body never began is no longer tracked once BullMQ says so', () => {
	const {manager} = open();
	manager.trackJob('7', 'refused', Date.now());
	manager.untrackJob('7');
	expect(manager.getActiveJobCount()).toBe(0);
});

test('14: locks are still renewed when the clock is set back by an hour', async () => {
	const bench = open();
	bench.manager.start();
	bench.running.add('one');
	bench.manager.trackJob('7', 'one', Date.now());
	await untilRenewed(bench, 'one');
	const real = Date.now;
	jest.spyOn(Date, 'now').mockImplementation(() => real() - 3_600_000);
	for (let round = 0; round < 3; round++) {
		bench.renewed.length = 0;
		await untilRenewed(bench, 'one');
	}
});

test('14: a lock is not renewed more often than BullMQ would', async () => {
	const bench = open();
	bench.manager.start();
	bench.running.add('one');
	const now = Date.now();
	jest.spyOn(Date, 'now').mockReturnValue(now);
	bench.manager.trackJob('7', 'one', now);
	bench.manager.trackJob('8', 'other', 1);
	await untilRenewed(bench, 'other');
	expect(bench.renewed).not.toContain('one');
});
