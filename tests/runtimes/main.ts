// Runs the scenarios on whatever runtime it is started with: `npm run test:runtimes`.
import process from 'node:process';
import {report} from './report.ts';
import {expected, runScenario} from './scenarios.ts';
import {serveScenarios} from './server.ts';

const server = await serveScenarios();
const failed = await report(expected, (name) => runScenario(name, server.base));
await server[Symbol.asyncDispose]();
process.exitCode = failed === 0 ? 0 : 1;
