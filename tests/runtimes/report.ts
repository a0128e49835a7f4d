// One line a scenario, as scripts/test-runtimes.js reads them.
import {deepStrictEqual} from 'node:assert';

const lackingOf = (result: unknown): string | undefined => (result as {lacking?: string} | null)?.lacking;

/** Runs what is expected, tells how each went, and resolves with how many failed. */
export async function report(
	expected: Readonly<Record<string, unknown>>,
	run: (name: string) => Promise<unknown>,
	kind = 'scenario',
): Promise<number> {
	let failed = 0;
	for (const name of Object.keys(expected)) {
		try {
			const result: unknown = await run(name);
			const lacking = lackingOf(result);
			if (lacking === undefined) deepStrictEqual(JSON.parse(JSON.stringify(result)), expected[name]);
			console.log(lacking === undefined ? `ok ${kind}: ${name}` : `lacks ${lacking} ${kind}: ${name}`);
		} catch (error) {
			failed++;
			console.log(`FAILED ${kind}: ${name}`, error);
		}
	}
	return failed;
}
