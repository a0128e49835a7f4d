// The rows of issue 13 that need processes, on either backend. `--full` runs them at their whole size.
// First, as it counts the timers of the library.
import {leakTests} from './leaks.ts';
import {afterAll, afterEach, beforeAll} from '@jest/globals';
import {chaosTests} from './chaos.ts';
import {clockTests} from './clocks.ts';
import {Crew, type Kind} from './crew.ts';
import {crowdTests} from './crowd.ts';
import {cutTests} from './cuts.ts';
import {deathTests} from './deaths.ts';
import {killTests} from './kills.ts';

export function fleetContract(kind: Kind): void {
	let crew: Crew | undefined;
	beforeAll(async () => {
		crew = await Crew.create(kind);
	});
	afterEach(() => crew?.clear());
	afterAll(() => crew?.close());
	for (const tests of [deathTests, killTests, cutTests, chaosTests, clockTests, crowdTests, leakTests])
		tests(kind, () => crew!);
}
