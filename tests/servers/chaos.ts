// 1, 2, 12: workers of BullMQ whose connections are cut, and everything at once, by seeds.
import {expect, test} from '@jest/globals';
import type {FleetReport} from 'pausable-signal/remote';
import {sleep, until} from '../remote/kit.ts';
import type {Crew, Fleet, Kind, Member} from './crew.ts';
import {isFull, sized, tell} from './full.ts';

/** Orders until the order has arrived: its own connection may be one of those that were cut. */
async function pause(fleet: Fleet, timeout: number): Promise<FleetReport> {
	for (;;) {
		try {
			return await fleet.controller.pause('x', {timeout});
		} catch {
			await sleep(20);
		}
	}
}

async function resume(fleet: Fleet): Promise<void> {
	while (
		!(await fleet.controller.resume().then(
			() => true,
			() => false,
		))
	)
		await sleep(20);
}

async function expectStill(fleet: Fleet, what: unknown): Promise<void> {
	const before = fleet.steps;
	await sleep(50);
	expect([what, fleet.steps]).toEqual([what, before]);
}

/** Numbers from 0 to below `count` that follow from the seed alone. */
function chance(seed: number): (count: number) => number {
	let state = seed;
	return (count) => {
		state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
		return Math.floor((state / 2 ** 32) * count);
	};
}

class Chaos {
	readonly fleet: Fleet;
	readonly crew: Crew;
	readonly pick: (count: number) => number;
	readonly members: Member[] = [];
	readonly frozen = new Set<Member>();
	jobs = 0;
	quiet = 0;

	constructor(fleet: Fleet, crew: Crew, seed: number) {
		this.fleet = fleet;
		this.crew = crew;
		this.pick = chance(seed);
	}

	async start(): Promise<void> {
		this.members.push(await this.fleet.start({worker: {concurrency: 3}}));
	}

	async add(): Promise<void> {
		const added = await this.fleet.add(6, {set: 'a', turns: 15}).catch(() => []);
		this.jobs += added.length;
	}

	async strike(): Promise<string> {
		const faults = ['none', 'kill', 'stop', 'cut', 'freeze'];
		const fault = faults[this.pick(faults.length)]!;
		const at = this.pick(this.members.length);
		if (fault === 'kill') {
			await this.members.splice(at, 1)[0]!.kill();
			await this.start();
		}
		if (fault === 'stop') {
			this.frozen.add(this.members[at]!);
			this.members[at]!.process.kill('SIGSTOP');
		}
		if (fault === 'cut') await this.crew.cutConnections();
		if (fault === 'freeze') {
			this.crew.server.freeze();
			await sleep(200 + this.pick(1500));
			this.crew.server.thaw();
		}
		return fault;
	}

	async round(number: number): Promise<void> {
		await this.add();
		await sleep(this.pick(100));
		const fault = await this.strike();
		const report = await pause(this.fleet, this.pick(2) === 0 ? 50 : 4000);
		if (report.quiet) {
			this.quiet++;
			await expectStill(this.fleet, [number, fault]);
		}
		await resume(this.fleet);
		for (const member of this.frozen) member.process.kill('SIGCONT');
		this.frozen.clear();
	}

	async end(): Promise<void> {
		// What was added when no answer came is there, too.
		const {queue} = this.fleet;
		const kinds = ['active', 'wait', 'delayed'] as const;
		const isDone = async (): Promise<boolean> => {
			const counts = await queue.getJobCounts(...kinds);
			return kinds.every((kind) => counts[kind] === 0);
		};
		await until(() => isDone().catch(() => false));
		// On Postgres BullMQ fails a job whose end met a connection that was cut.
		const failed = (await queue.getFailed()).filter(
			({failedReason}) => this.crew.kind === 'redis' || !/connection/i.test(failedReason),
		);
		expect(failed.map(({failedReason}) => failedReason)).toEqual([]);
		expect((await queue.getCompletedCount()) + (await queue.getFailedCount())).toBeGreaterThanOrEqual(
			this.jobs,
		);
		const exits = await Promise.all(this.members.map((member) => member.close()));
		expect(exits).toEqual(this.members.map(() => [0, null]));
	}
}

export function chaosTests(kind: Kind, crew: () => Crew): void {
	test(`1, 2: ${kind}: workers whose connections are all cut obey an order that comes right after`, async () => {
		const fleet = await crew().fleet();
		const workers = sized(4, 2);
		await fleet.startAll(workers, {worker: {lockDuration: 30_000}});
		await fleet.add(workers);
		await until(() => new Set(fleet.lines('s')).size === workers);
		for (let round = 0; round < sized(20, 4); round++) {
			await crew().cutConnections();
			expect(await pause(fleet, 60_000)).toMatchObject({quiet: true, parked: workers, workers});
			await expectStill(fleet, round);
			await crew().cutConnections();
			await resume(fleet);
			const before = fleet.lines('s').length;
			await until(() => new Set(fleet.lines('s').slice(before)).size === workers);
		}
	});

	const seeds = isFull ? [1, 2, 3, 4, 5] : [1];
	test.each(seeds)(
		`12: ${kind}: random faults and pauses, seed %i, cause no false report and lose no job, and every process ends`,
		async (seed) => {
			const fleet = await crew().fleet();
			const chaos = new Chaos(fleet, crew(), seed);
			for (let at = 0; at < 3; at++) await chaos.start();
			const end = performance.now() + sized(60_000, 8000);
			let rounds = 0;
			while (performance.now() < end || rounds < 6) await chaos.round(rounds++);
			await chaos.end();
			tell(`12 ${kind}, seed ${seed}: ${rounds} rounds, ${chaos.quiet} quiet, ${chaos.jobs} jobs`);
		},
	);
}
