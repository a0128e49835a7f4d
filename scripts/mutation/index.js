// Mutation tests: changes one thing in src at a time, and looks whether a test of the same room fails.
//
//     npm run test:mutation -- core task queue time --minutes 10
//
// Mutants are taken in a random order of a fixed seed, for so many minutes a room. What is known of a file that has
// not changed since is kept. tests/survivors.json says of mutants that live why that is right.
import {fork, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {setTimeout as setTimeoutOf} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {cache} from '../node-lines.js';
import {makeSandbox, sandbox} from './sandbox.js';

const flags = ['--expose-gc', '--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const coverageFolder = path.join(cache, 'mutation', 'coverage');
const resultsFile = path.join(cache, 'mutation', 'results.json');
const seed = 2026;

const {values, positionals} = parseArgs({
	allowPositionals: true,
	options: {minutes: {type: 'string', default: '10'}},
});
const rooms = positionals.length > 0 ? positionals : ['core', 'task', 'queue', 'time'];

/** Jest's own settings, without what costs time here. */
function jestConfig() {
	const {default: config} = JSON.parse(
		spawnSync(
			process.execPath,
			[
				'--import',
				'tsx',
				'-e',
				"import('./jest.config.ts').then((m) => console.log(JSON.stringify({default: m.default.default ?? m.default})))",
			],
			{
				encoding: 'utf8',
			},
		).stdout,
	);
	return {
		...config,
		rootDir: sandbox,
		testTimeout: 15_000,
		watchman: false,
		testEnvironmentOptions: {globalsCleanup: 'off'},
	};
}

/**
 * The tests that reach each mutant, by their files.
 *
 * @typedef {Map<string, Map<string, Set<string>>>} Reach
 */

/** @param {object} config @returns {{reach: Reach, durations: Map<string, number>}} */
function dryRun(config) {
	rmSync(coverageFolder, {recursive: true, force: true});
	const output = path.join(cache, 'mutation', 'dry.json');
	const setup = path.resolve('scripts/mutation/coverage.js');
	const dry = JSON.stringify({...config, setupFilesAfterEnv: [setup]});
	const args = ['--config', dry, '--json', `--outputFile=${output}`, '--maxWorkers=1', '--silent'];
	const env = {...process.env, MUTATION_COVERAGE: coverageFolder};
	const paths = rooms.map((room) => `tests/${room}/`);
	const jest = path.resolve('node_modules/jest/bin/jest.js');
	const started = spawnSync(process.execPath, [...flags, jest, ...args, ...paths], {
		cwd: sandbox,
		env,
		stdio: 'ignore',
	});
	const {testResults} = JSON.parse(readFileSync(output, 'utf8'));
	const green = testResults.filter(({status}) => status === 'passed');
	console.log(
		`${green.length} of ${testResults.length} test files passed without a mutant (exit ${started.status})`,
	);
	const durations = new Map(green.map(({name, startTime, endTime}) => [name, endTime - startTime]));
	return {reach: readReach(durations), durations};
}

/** @param {ReadonlyMap<string, number>} green @returns {Reach} */
function readReach(green) {
	const reach = new Map();
	for (const name of readdirSync(coverageFolder)) {
		const {
			testPath,
			static: loaded,
			perTest,
		} = JSON.parse(readFileSync(path.join(coverageFolder, name), 'utf8'));
		if (!green.has(testPath)) continue;
		const add = (id, test) => {
			if (!reach.has(id)) reach.set(id, new Map());
			const files = reach.get(id);
			if (!files.has(testPath)) files.set(testPath, new Set());
			files.get(testPath).add(test);
		};
		for (const [test, ids] of Object.entries(perTest)) for (const id of Object.keys(ids)) add(id, test);
		for (const id of Object.keys(loaded)) add(id, '');
	}
	return reach;
}

/** @typedef {{file: string, pattern: string, id: string}} Task */

/** Runs one test file at a time with a mutant; a process that does not answer is ended. */
class Runner {
	/** @type {import('node:child_process').ChildProcess | undefined} */
	#child;
	#runs = 0;
	#env;
	#control;

	/** @param {object} config @param {string} control a test file that passes without a mutant */
	constructor(config, control) {
		this.#env = {...process.env, MUTATION_CONFIG: JSON.stringify(config)};
		this.#control = control;
	}

	/** @param {Task} task @param {number} timeout @returns {Promise<'killed' | 'survived' | 'timeout'>} */
	async run(task, timeout) {
		// Each run leaves modules behind.
		if (this.#runs++ % 60 === 59) this.stop();
		if (this.#child === undefined) await this.#start();
		return this.#ask(task, timeout);
	}

	async #start() {
		const options = {
			cwd: sandbox,
			env: this.#env,
			execArgv: flags,
			stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
		};
		const child = fork(path.resolve('scripts/mutation/runner.js'), [], options);
		this.#child = child;
		await new Promise((resolve, reject) => {
			child.once('message', resolve);
			child.once('exit', (code) => reject(new Error(`The runner ended with ${code}`)));
		});
		child.removeAllListeners();
		// Otherwise a fault of the set-up would look like a test that notices everything.
		const result = await this.#ask({file: this.#control, pattern: '', id: 'none'}, 240_000);
		if (result !== 'survived') throw new Error(`${this.#control} fails without a mutant`);
	}

	/** @param {Task} task @param {number} timeout @returns {Promise<'killed' | 'survived' | 'timeout'>} */
	async #ask(task, timeout) {
		const child = this.#child;
		const answered = new Promise((resolve) => child.once('message', resolve));
		// A mutant that ends the process has been noticed.
		const ended = new Promise((resolve) => child.once('exit', () => resolve('exit')));
		const late = setTimeoutOf(timeout, 'late', {ref: false});
		child.send(task);
		const answer = await Promise.race([answered, ended, late]);
		child.removeAllListeners();
		if (typeof answer === 'string') this.stop();
		if (answer === 'late') return 'timeout';
		return answer.isGreen === true ? 'survived' : 'killed';
	}

	stop() {
		this.#child?.kill('SIGKILL');
		this.#child = undefined;
	}
}

/** @param {Iterable<string>} tests */
function patternOf(tests) {
	const names = [...tests];
	if (names.includes('')) return '';
	return names.map((name) => `^${name.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')}$`).join('|');
}

/** @param {import('./sandbox.js').Mutant} mutant @param {Reach} reach @param {Map<string, number>} durations @param {Runner} runner */
async function judge(mutant, reach, durations, runner) {
	const own = path.join(sandbox, 'tests', mutant.room, path.sep);
	const files = [...(reach.get(mutant.id) ?? [])].filter(([file]) => file.startsWith(own));
	if (files.length === 0) return 'uncovered';
	files.sort(([one], [other]) => durations.get(one) - durations.get(other));
	for (const [file, tests] of files) {
		const result = await runner.run(
			{file, pattern: patternOf(tests), id: mutant.id},
			25_000 + 5 * durations.get(file),
		);
		if (result !== 'survived') return result;
	}
	return 'survived';
}

/** The same order each time. @template T @param {readonly T[]} items @returns {T[]} */
function shuffled(items) {
	const result = [...items];
	let state = seed;
	const random = (limit) => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return Math.floor((state / 2 ** 32) * limit);
	};
	for (let last = result.length - 1; last > 0; last--) {
		const at = random(last + 1);
		[result[last], result[at]] = [result[at], result[last]];
	}
	return result;
}

const read = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});

/** @param {import('./sandbox.js').Mutant} mutant */
const titleOf = ({file, from, to}) => `${file}: ${from} → ${to}`.slice(0, 240);

/** @param {string} room @param {readonly import('./sandbox.js').Mutant[]} mutants @param {Record<string, string>} results */
function report(room, mutants, results) {
	const explained = read('tests/survivors.json');
	const judged = mutants.filter(({key}) => key in results);
	const alive = judged.filter(({key}) => ['survived', 'uncovered'].includes(results[key]));
	const share = ((100 * (judged.length - alive.length)) / judged.length).toFixed(1);
	for (const mutant of alive) {
		const why = explained[titleOf(mutant)];
		console.log(
			`${results[mutant.key]} ${mutant.file}:${mutant.line} ${mutant.name}: ${mutant.from} → ${mutant.to}${why ? `\n    ${why}` : ''}`,
		);
	}
	const left = alive.filter((mutant) => !explained[titleOf(mutant)]).length;
	console.log(
		`src/${room}: ${judged.length} of ${mutants.length} mutants tried, ${judged.length - alive.length} killed (${share} %), ${left} of ${alive.length} that live without a reason`,
	);
}

const mutants = await makeSandbox(rooms);
const config = jestConfig();
const {reach, durations} = dryRun(config);
mkdirSync(path.dirname(resultsFile), {recursive: true});
const results = read(resultsFile);
const [[control]] = [...durations].toSorted(([, one], [, other]) => one - other);
const runner = new Runner(config, control);
for (const room of rooms) {
	const ofRoom = mutants.filter((mutant) => mutant.room === room);
	const end = performance.now() + Number(values.minutes) * 60_000;
	for (const mutant of shuffled(ofRoom)) {
		if (performance.now() > end) break;
		// A mutant that lived is tried again: a test may have been added since.
		if (['killed', 'timeout'].includes(results[mutant.key])) continue;
		const start = performance.now();
		results[mutant.key] = await judge(mutant, reach, durations, runner);
		if (process.env.DEBUG)
			console.log(results[mutant.key], Math.round(performance.now() - start), mutant.file, mutant.line);
		writeFileSync(resultsFile, JSON.stringify(results));
	}
	report(room, ofRoom, results);
}
runner.stop();
