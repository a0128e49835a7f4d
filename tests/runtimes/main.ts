// Runs the scenarios on whatever runtime it is started with: `npm run test:runtimes`.
import {deepStrictEqual} from 'node:assert';
import {expected, scenarios} from './scenarios.ts';
import {serveScenarios} from './server.ts';

const server = await serveScenarios();
let failed = 0;
for (const [name, scenario] of Object.entries(scenarios)) {
	try {
		deepStrictEqual(JSON.parse(JSON.stringify(await scenario(server.base))), expected[name]);
		console.log(`ok ${name}`);
	} catch (error) {
		failed++;
		console.log(`FAILED ${name}`, error);
	}
}
await server[Symbol.asyncDispose]();
process.exitCode = failed === 0 ? 0 : 1;
