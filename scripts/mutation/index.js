// Mutation tests: changes one thing in src at a time, and looks whether a test fails.
//
//     npm run test:mutation -- core task queue time --minutes 10 --seconds 2
//     npm run test:mutation -- queue/lane.ts
//
// Mutants are taken in a random order of a fixed seed, for so many minutes a room if a number is given, and tests for
// so many seconds a mutant. What was noticed in a file that has not changed since is kept. tests/survivors.json says
// why some may live.
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {cache} from '../node-lines.js';
import {report} from './report.js';
import {makeSandbox} from './sandbox.js';
import {Runner, testFiles} from './trials.js';

/**
 * @typedef {import('./sandbox.js').Mutant} Mutant
 * @typedef {import('./runner.js').Known & {file: string, room: string, cost: number}} Test
 */

const allRooms = ['core', 'task', 'queue', 'time'];
const resultsFile = path.join(cache, 'mutation', 'results.json');
const seed = 2026;
/** Milliseconds of the processor. Tests that take more are not asked; those of other rooms must be cheaper. */
const limits = {own: 10_000, other: 50};
/** A process keeps what its tests leave behind, and its collections of garbage take longer and longer. */
const trialsOfProcess = 300;

const {values, positionals} = parseArgs({
	allowPositionals: true,
	options: {minutes: {type: 'string', default: 'Infinity'}, seconds: {type: 'string', default: '10'}},
});
/** Rooms, or files of one. */
const parts = positionals.length > 0 ? positionals : allRooms;

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

/** Judges mutants, in one process as long as that is clean. */
class Judge {
	/** @type {Runner | undefined} */
	#runner;
	#trials = 0;
	/** The tests that reach each mutant. @type {Map<number, Test[]>} */
	#reach = new Map();
	/** Mutants that are reached while modules load. @type {Set<number>} */
	#loaded = new Set();
	/** All tests that pass without a mutant. @type {Test[]} */
	#tests = [];
	/** How many mutants of a file each test has killed. @type {Map<string, number>} */
	#kills = new Map();

	async prepare() {
		const runner = new Runner(testFiles(allRooms));
		const {loaded, results} = await runner.dryRun();
		runner.stop();
		this.#loaded = new Set(loaded.map(([mutant]) => mutant));
		for (const {id, time, cost, startsProcess, error, hits} of results) {
			const [file, room] = [id.split('#')[0], id.split('/')[1]];
			// Its processes take long, and what they reach is not counted.
			if (startsProcess) continue;
			if (error !== undefined) console.log(`left out, as it fails without a mutant: ${id}\n${error}`);
			else if (cost > limits.own) console.log(`left out, as it takes ${Math.round(cost)} ms: ${id}`);
			else this.#add({id, file, time, cost, room, passes: 0}, hits);
		}
	}

	#add(test, hits) {
		this.#tests.push(test);
		for (const [mutant, passes] of hits) {
			if (!this.#reach.has(mutant)) this.#reach.set(mutant, []);
			this.#reach.get(mutant).push({...test, passes});
		}
	}

	/** @param {Mutant} mutant @returns {Promise<string>} */
	async judge(mutant) {
		const tests = this.#ordered(mutant, this.#reach.get(mutant.id) ?? []);
		const status = tests.length > 0 ? await this.#tryAlive(mutant, tests) : 'uncovered';
		if (status !== 'survived' && status !== 'uncovered') return status;
		return this.#loaded.has(mutant.id) ? this.#tryFresh(mutant, tests) : status;
	}

	/** The cheapest first, and before them those that have noticed much in this file. */
	#ordered({file, room}, tests) {
		const weight = ({id, cost}) => cost / (1 + (this.#kills.get(`${file} ${id}`) ?? 0));
		const sorted = tests
			.filter((test) => test.room === room || test.cost < limits.other)
			.toSorted((one, other) => weight(one) - weight(other));
		let left = 1000 * Number(values.seconds);
		return sorted.filter(({cost}) => (left -= cost) > 0);
	}

	async #tryAlive(mutant, tests) {
		if (this.#trials++ % trialsOfProcess === 0) this.stop();
		const isFresh = this.#runner === undefined;
		this.#runner ??= this.#start(this.#tests);
		const {status, by, isClean} = await this.#runner.judge({mutant: mutant.id, tests});
		if (by !== undefined) this.#countKill(`${mutant.file} ${by}`);
		if (isClean) return status;
		this.stop();
		// Mutants before this one may be the cause.
		return isFresh ? status : this.#tryAlive(mutant, tests);
	}

	#countKill(kill) {
		this.#kills.set(kill, (this.#kills.get(kill) ?? 0) + 1);
	}

	/** With the mutant alive from the start, by all tests of its room if none reaches it later. */
	async #tryFresh(mutant, tests) {
		const all = tests.length > 0 ? tests : this.#tests;
		const own = this.#ordered(
			mutant,
			all.filter(({room}) => room === mutant.room),
		);
		const runner = this.#start(own, mutant.id);
		const {status} = await runner.judge({mutant: mutant.id, tests: own});
		runner.stop();
		return status;
	}

	#start(tests, mutant) {
		return new Runner([...new Set(tests.map(({file}) => file))], mutant);
	}

	stop() {
		this.#runner?.stop();
		this.#runner = undefined;
	}
}

/** @param {string} part @param {readonly Mutant[]} mutants @param {Record<string, string>} results @param {Judge} judge */
async function tryPart(part, mutants, results, judge) {
	const end = performance.now() + Number(values.minutes) * 60_000;
	for (const mutant of shuffled(mutants)) {
		if (performance.now() > end) break;
		// A mutant that lived is tried again: a test may have been added since.
		if (['killed', 'timeout'].includes(results[mutant.key])) continue;
		results[mutant.key] = await judge.judge(mutant);
		writeFileSync(resultsFile, JSON.stringify(results));
	}
	report(part, mutants, results);
}

const mutants = await makeSandbox([...new Set(parts.map((part) => part.split('/')[0]))]);
mkdirSync(path.dirname(resultsFile), {recursive: true});
const results = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : {};
const judge = new Judge();
await judge.prepare();
for (const part of parts) {
	const ofPart = mutants.filter(({file}) => `${file}/`.startsWith(`src/${part}/`));
	await tryPart(part, ofPart, results, judge);
}
judge.stop();
