// Runs the scenarios in the window of jsdom or happy-dom: `node dom-main.js jsdom|happy-dom <folder that has it>`. As
// under a test runner with such an environment, the library sees the window's classes and none of Node's.
import {buildSync} from 'esbuild';
import {createRequire} from 'node:module';
import path from 'node:path';
import process from 'node:process';
import {report} from './report.ts';
import {expected} from './scenarios.ts';
import {serveScenarios} from './server.ts';

interface ScenarioWindow {
	eval(code: string): unknown;
	runScenario(name: string, base: string): Promise<unknown>;
}

const [kind, folder] = process.argv.slice(2);
const require = createRequire(path.join(folder!, 'package.json'));

const windows: Record<string, (url: string) => ScenarioWindow> = {
	jsdom(url) {
		const {JSDOM} = require('jsdom') as {
			JSDOM: new (html: string, options: object) => {window: ScenarioWindow};
		};
		return new JSDOM('', {url, runScripts: 'outside-only'}).window;
	},
	'happy-dom'(url) {
		const {Window} = require('happy-dom') as {Window: new (options: object) => ScenarioWindow};
		return new Window({url, settings: {enableJavaScriptEvaluation: true}});
	},
};

const {outputFiles} = buildSync({
	entryPoints: ['tests/runtimes/scenarios.ts'],
	bundle: true,
	format: 'iife',
	platform: 'browser',
	write: false,
	logLevel: 'error',
	define: {'import.meta.url': '"file:///src/thread/host-node.js"'},
});
const server = await serveScenarios();
const window = windows[kind!]!(server.base);
window.eval(outputFiles[0]!.text);
const failed = await report(expected, (name) => window.runScenario(name, server.base));
await server[Symbol.asyncDispose]();
process.exit(failed === 0 ? 0 : 1);
