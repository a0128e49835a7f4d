// close() ends and leaves nothing behind, whatever the server does.
import {afterAll, afterEach, beforeAll, expect, test} from '@jest/globals';
import {QueueController} from 'pausable-signal/bullmq';
import {until} from '../remote/kit.ts';
import {Crew, type Kind} from './crew.ts';

const exits = (count: number): unknown[] => Array.from({length: count}, () => [0, null]);

export function closingContract(kind: Kind): void {
	let crew: Crew;
	beforeAll(async () => {
		crew = await Crew.create(kind);
	});
	afterEach(() => crew.clear());
	afterAll(() => crew.close());

	async function strike(fault: string): Promise<void> {
		if (fault === 'frozen') return crew.server.freeze();
		await crew.server.stop(kind === 'redis' ? 'SIGKILL' : 'SIGQUIT');
	}

	async function mend(fault: string): Promise<void> {
		if (fault === 'frozen') crew.server.thaw();
		else await crew.server.start();
	}

	test.each(['gone', 'frozen'])(
		`13: ${kind}: the server is %s: workers with and without jobs close, and their processes exit`,
		async (fault) => {
			const fleet = await crew.fleet();
			const idle = await fleet.start({worker: {name: 'idle', autorun: false}});
			const parked = await fleet.start({worker: {concurrency: 3}});
			const forced = await fleet.start({worker: {autorun: false}});
			const controller = await fleet.start({role: 'controller'});
			await fleet.add(3);
			await until(() => fleet.lines('b').length === 3);
			expect(await fleet.controller.pause()).toMatchObject({quiet: true, parked: 3});
			await strike(fault);
			const ends = [idle, parked, controller].map((member) => member.close());
			expect(await Promise.all([...ends, forced.close(true)])).toEqual(exits(4));
			expect(fleet.lines('a').map((line) => line.split(' ')[1])).toEqual(Array(3).fill('HandBackError'));
			await mend(fault);
			// Nobody but the lock knew of them: another worker begins them anew.
			await fleet.start({worker: {concurrency: 3}});
			await until(() => fleet.controller.resume().catch(() => false));
			await until(() => fleet.lines('b').length === 6);
		},
	);

	test(`13: ${kind}: a call that waits for a frozen server rejects when its controller closes`, async () => {
		const fleet = await crew.fleet();
		const controller = new QueueController(fleet.name, {connection: crew.connection}, crew.backend);
		await controller.status();
		crew.server.freeze();
		const asked = controller.status();
		const refused = expect(asked).rejects.toThrow();
		await controller.close();
		await refused;
		crew.server.thaw();
	});

	test(`13: ${kind}: a worker whose connections were just cut closes`, async () => {
		const fleet = await crew.fleet();
		const members = await fleet.startAll(3);
		await crew.server.stop(kind === 'redis' ? 'SIGKILL' : 'SIGQUIT');
		await crew.server.start();
		expect(await Promise.all(members.map((member) => member.close()))).toEqual(exits(3));
	});
}
