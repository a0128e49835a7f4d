// The property of property.test.ts with real connections: fewer runs, more bytes, all that a socket does.
import {expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import {TransferError} from 'pausable-signal/fetch';
import type {Behaviour} from '../support/hostile-server.ts';
import {HostileServer, macrotask, run} from './kit.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 25);
const size = 400_000;

const anyBehaviour: fc.Arbitrary<Behaviour> = fc.oneof(
	fc.record({dropAfter: fc.nat(size)}),
	fc.record({resetAfter: fc.nat(size)}),
	fc.record({endAfter: fc.nat(size)}),
	fc.record({chunked: fc.constant(true), dropAfter: fc.nat(size)}),
	fc.record({hangUp: fc.constant(true)}),
	fc.record({status: fc.constantFrom(429, 500, 503)}),
	fc.record({ifRange: fc.constantFrom('dates' as const, 'ignored' as const)}),
	fc.record({ignoreRange: fc.constant(true), dropAfter: fc.nat(size)}),
	fc.record({pace: fc.constant({bytes: 50_000, ms: 1})}),
	fc.constant({}),
);

const anyAction = fc.oneof(
	{weight: 6, arbitrary: fc.constant('read' as const)},
	{weight: 3, arbitrary: fc.constantFrom('pause' as const, 'resume' as const, 'turn' as const)},
	{weight: 1, arbitrary: fc.constantFrom('kill' as const, 'change' as const)},
);

test('a body over real sockets is one version of the file, or its beginning and an error', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(anyBehaviour, {maxLength: 6}),
			fc.array(anyAction, {maxLength: 25, size: 'max'}),
			fc.constantFrom(0, Infinity),
			fc.constantFrom(0, 100_000),
			async (behaviours, actions, holdMs, buffer) => {
				await using server = await HostileServer.start({size});
				const one = await run(server, {holdMs, buffer, retry: {baseMs: 1}});
				server.next(...behaviours);
				let failure: unknown;
				const reads: Promise<unknown>[] = [];
				const read = (): Promise<boolean> =>
					one.read().catch((error: unknown) => {
						failure ??= error;
						return false;
					});
				for (const action of actions) {
					if (action === 'read') reads.push(read());
					else if (action === 'pause') one.controller.pause();
					else if (action === 'resume') one.controller.resume();
					else if (action === 'change') server.change();
					else if (action === 'kill') server.killSockets();
					else await macrotask();
				}
				one.controller.resume();
				while (await read());
				await Promise.all(reads);
				const {content} = server.versions[0]!;
				expect(content.subarray(0, one.bytes.length).equals(one.bytes)).toBe(true);
				if (failure === undefined) expect(one.bytes.length).toBe(size);
				else expect(failure).toBeInstanceOf(TransferError);
				await one.expectNothingLeft();
			},
		),
		{numRuns},
	);
});
