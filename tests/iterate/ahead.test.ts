// Reading ahead: what arrives while the sink is busy is kept, and handed over as one item.
import {expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import {PausableController} from 'pausable-signal';
import {GatedSource} from '../../src/iterate/index.ts';
import {flush} from '../core/support.ts';
import {Deferred} from '../flow/kit.ts';

type Items = readonly number[];

/** A source of 0, 1, 2 …, one in each list, that come when the test says so. */
class World {
	readonly controller: PausableController = new PausableController();
	pulled: Deferred<IteratorResult<Items>> | undefined;
	given = 0;
	delivered: number[] = [];
	/** What the sink was told at the end. */
	end: unknown;
	readonly gated: GatedSource<Items>;

	constructor(size: number) {
		const source = {
			pull: () => {
				expect([this.pulled, this.controller.signal.paused]).toEqual([undefined, false]);
				return (this.pulled = new Deferred()).promise;
			},
			cancel: async () => {},
			leave: () => {},
		};
		const sink = {
			item: (items: Items) => {
				expect(this.controller.signal.paused).toBe(false);
				this.delivered.push(...items);
			},
			end: () => void (this.end = 'end'),
			error: (error: unknown) => void (this.end = error),
		};
		const join = (lists: readonly Items[]): Items => lists.flat();
		this.gated = new GatedSource(this.controller.signal, source, sink, {ahead: {size, join}});
		this.gated.follow();
	}

	give(): void {
		this.#answer((pulled) => pulled.resolve({done: false, value: [this.given++]}));
	}

	#answer(act: (pulled: Deferred<IteratorResult<Items>>) => void): void {
		const {pulled} = this;
		this.pulled = undefined;
		if (pulled !== undefined) act(pulled);
	}

	close(): void {
		this.#answer((pulled) => pulled.resolve({done: true, value: undefined}));
	}

	fail(): void {
		this.#answer((pulled) => pulled.reject('failure'));
	}
}

test('while the loop uses one item, as many more as allowed are read, and come as one item', async () => {
	const world = new World(3);
	world.gated.want();
	for (let turn = 0; turn < 9; turn++) {
		world.give();
		await flush();
	}
	expect([world.delivered, world.given, world.pulled]).toEqual([[0], 4, undefined]);
	world.gated.want();
	expect(world.delivered).toEqual([0, 1, 2, 3]);
	await flush();
	expect(world.pulled).toBeDefined();
});

test.each([
	['close', 'end'],
	['fail', 'failure'],
] as const)('the end of the source comes after the items that were read before: %s', async (how, end) => {
	const world = new World(10);
	world.gated.want();
	for (let turn = 0; turn < 3; turn++) {
		world.give();
		await flush();
	}
	world[how]();
	await flush();
	expect([world.delivered, world.end]).toEqual([[0], undefined]);
	world.gated.want();
	expect([world.delivered, world.end]).toEqual([[0, 1, 2], undefined]);
	world.gated.want();
	expect(world.end).toBe(end);
});

test('any sequence loses, doubles and reorders nothing, and delivers and pulls nothing during a pause', async () => {
	const action = fc.constantFrom('give', 'give', 'want', 'pause', 'resume', 'flush');
	await fc.assert(
		fc.asyncProperty(fc.array(action, {maxLength: 60, size: 'max'}), fc.nat(4), async (sequence, size) => {
			const world = new World(size);
			for (const name of [...sequence, 'resume', 'flush']) {
				if (name === 'give') world.give();
				else if (name === 'want' && !world.gated.isWanted) world.gated.want();
				else if (name === 'pause' || name === 'resume') world.controller[name]();
				await (name === 'flush' ? flush() : undefined);
			}
			for (let turn = 0; world.delivered.length < world.given; turn++) {
				if (!world.gated.isWanted) world.gated.want();
				await flush();
				expect(turn).toBeLessThan(100);
			}
			expect(world.delivered).toEqual(Array.from({length: world.given}, (_, at) => at));
			world.controller.abort('enough');
			expect(world.end).toBe('enough');
		}),
		{numRuns: Number(process.env['PROPERTY_RUNS'] ?? 500)},
	);
});
