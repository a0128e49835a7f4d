// A process that loads test files once, without Jest, and runs single tests, each time with another mutant alive.
// Ended from outside when a mutant loops for ever.
import {subscribe} from 'node:diagnostics_channel';
import {register} from 'node:module';
import process from 'node:process';
import {activeMutant} from './sandbox.js';

// A test may replace them, by fake ones for example.
const {setTimeout: setReal, clearTimeout: clearReal, setImmediate: setRealImmediate} = globalThis;
const now = performance.now.bind(performance);

register('../typescript-hooks.js', import.meta.url);
register('./hooks.js', import.meta.url);
const {collect, jest} = await import('./globals.js');

/** @type {Map<string, import('./globals.js').Test>} */
const tests = new Map();
/** What would fail a test in Jest, too, by the promise. @type {Map<unknown, unknown>} */
const unseen = new Map();
let endsHung = () => {};
/** The file that loads, or the test that runs. */
let current = '';
/** The files and tests that start processes. @type {Set<string>} */
const starters = new Set();

subscribe('child_process', () => starters.add(current));

process.on('unhandledRejection', (reason, promise) => unseen.set(promise, reason));
process.on('rejectionHandled', (promise) => unseen.delete(promise));
process.on('uncaughtException', (error) => unseen.set({}, error));
// Nothing is left that could end the test.
process.on('beforeExit', () => endsHung());

const turn = () => new Promise((resolve) => void setRealImmediate(resolve));

/** @param {number} limit milliseconds @returns {{promise: Promise<never>, end(): void}} */
function hang(limit) {
	let timer;
	const promise = new Promise((_resolve, reject) => {
		endsHung = () => reject(new Error('The test hangs'));
		timer = setReal(endsHung, limit).unref();
	});
	return {promise, end: () => clearReal(timer)};
}

/** @param {readonly (() => unknown)[]} bodies @param {Promise<never>} hung @param {unknown[]} errors */
async function runAll(bodies, hung, errors) {
	for (const body of bodies) {
		try {
			await Promise.race([body(), hung]);
		} catch (error) {
			errors.push(error);
		}
	}
}

/** @param {import('./globals.js').Test} test @param {number} limit @returns {Promise<unknown[]>} its errors */
async function run({before, body, after}, limit) {
	const errors = [];
	const {promise, end} = hang(limit);
	unseen.clear();
	await runAll(before, promise, errors);
	if (errors.length === 0) await runAll([body], promise, errors);
	await runAll(after, promise, errors);
	jest.useRealTimers();
	jest.restoreAllMocks();
	await turn();
	await turn();
	end();
	return [...errors, ...unseen.values()];
}

/** @param {number} id @param {number} limit how often it may be passed */
function activate(id, limit) {
	// The processes that tests start read it.
	process.env[activeMutant] = id;
	Object.assign(globalThis.mutation, {active: id, passes: 0, limit});
}

/** The mutants passed since the last call, and how often. @returns {[number, number][]} */
function takeHits() {
	const {hits} = globalThis.mutation;
	const taken = [...hits].map((count, id) => [id, count]).filter(([, count]) => count > 0);
	hits.fill(0);
	return taken;
}

/**
 * @typedef {{time: number, cost: number}} Cost milliseconds from start to end, and of the processor
 * @typedef {{
 *   id: string, error?: string, startsProcess: boolean, hits: [mutant: number, passes: number][],
 * }} Dry
 * @typedef {{loaded: [mutant: number, passes: number][], results: (Cost & Dry)[]}} DryRun
 */

/** Runs each test without a mutant, and notes which mutants it reaches. @returns {Promise<DryRun>} */
async function dryRun() {
	const loaded = takeHits();
	const results = [];
	for (const [id, test] of tests) {
		process.send({started: id, limit: 600_000});
		current = id;
		const start = now();
		const cpuBefore = process.cpuUsage();
		const [error] = await run(test, 600_000);
		const time = now() - start;
		const {user, system} = process.cpuUsage(cpuBefore);
		const cost = (user + system) / 1000;
		const startsProcess = starters.has(id) || starters.has(test.file);
		const text = error && String(error.stack ?? error);
		results.push({id, time, cost, startsProcess, error: text, hits: takeHits()});
	}
	return {results, loaded};
}

/**
 * @typedef {{id: string, time: number, passes: number}} Known what a test takes without a mutant, in milliseconds, and
 *   how often it passes the mutant
 * @typedef {{mutant: number, tests: readonly Known[]}} Trial
 * @typedef {{status: 'killed' | 'timeout' | 'survived', by?: string, isClean: boolean}} Verdict
 */

/** @param {number} mutant @param {Known} known @returns {Promise<Verdict['status']>} */
async function judgeBy(mutant, {id, time, passes}) {
	const limit = 10 * time + 2000;
	process.send({started: id, limit});
	activate(mutant, 100 * passes + 10_000);
	const errors = await run(tests.get(id), limit);
	const isLoop = globalThis.mutation.passes > globalThis.mutation.limit;
	activate(-1, Infinity);
	if (isLoop) return 'timeout';
	return errors.length > 0 ? 'killed' : 'survived';
}

/** @param {Trial} trial @returns {Promise<Verdict>} */
async function judge({mutant, tests: known}) {
	for (const one of known) {
		const status = await judgeBy(mutant, one);
		if (status === 'survived') continue;
		// A mutant may leave behind what makes the next test fail.
		const isClean = (await judgeBy(-1, one)) === 'survived';
		return {status, by: one.id, isClean};
	}
	return {status: 'survived', isClean: true};
}

const [, , ...files] = process.argv;
for (const file of files) {
	current = file;
	for (const test of await collect(file)) tests.set(test.id, test);
}

process.on('disconnect', () => process.exit());
process.on('message', (trial) => {
	// The channel must not keep alive what would end otherwise.
	process.channel.unref();
	const answer = trial === 'dry' ? dryRun() : judge(trial);
	void answer.then((result) => {
		process.channel.ref();
		process.send({result});
	});
});
process.send('ready');
