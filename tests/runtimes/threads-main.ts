// Runs the scenarios of threads on whatever runtime it is started with: `npm run test:runtimes`.
import process from 'node:process';
import {Worker as NodeWorker} from 'node:worker_threads';
import type {ThreadSource} from 'pausable-signal/thread';
import {report} from './report.ts';
import {expectedOfThreads, threadScenarios} from './thread-scenarios.ts';

const url = new URL('./loops.js', import.meta.url);
const sources: Record<string, ThreadSource> = {
	'thread by URL': url,
	'thread in a worker':
		typeof Worker === 'undefined' ? () => new NodeWorker(url) : () => new Worker(url, {type: 'module'}),
};
let failed = 0;
for (const [kind, source] of Object.entries(sources))
	failed += await report(expectedOfThreads(true), (name) => threadScenarios[name]!(source), kind);
process.exit(failed === 0 ? 0 : 1);
