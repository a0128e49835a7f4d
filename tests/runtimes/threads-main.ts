// Runs the scenarios of threads on whatever runtime it is started with: `npm run test:runtimes`.
import {deepStrictEqual} from 'node:assert';
import process from 'node:process';
import type {ThreadSource} from 'pausable-signal/thread';
import {expectedOfThreads, threadScenarios} from './thread-scenarios.ts';

const url = new URL('./loops.js', import.meta.url);
const sources: Record<string, ThreadSource> = {
	module: url,
	'Web Worker': () => new Worker(url, {type: 'module'}),
};
let failed = 0;
for (const [kind, source] of Object.entries(sources)) {
	for (const [name, scenario] of Object.entries(threadScenarios)) {
		try {
			deepStrictEqual(await scenario(source), expectedOfThreads(true)[name]);
			console.log(`ok threads by ${kind}: ${name}`);
		} catch (error) {
			failed++;
			console.log(`FAILED threads by ${kind}: ${name}`, error);
		}
	}
}
process.exit(failed === 0 ? 0 : 1);
