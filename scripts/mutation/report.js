// What became of the mutants, and why some may live: tests/survivors.json.
import {readFileSync} from 'node:fs';

/**
 * Why mutants may live: all those of a file or folder, of one of Stryker's mutators, whose text before and after
 * matches. What a rule leaves out does not matter.
 *
 * @typedef {{file?: string, mutator?: string, from?: string, to?: string, reason: string}} Rule
 * @typedef {import('./sandbox.js').Mutant} Mutant
 */

/** @returns {Rule[]} */
const readRules = () => JSON.parse(readFileSync('tests/survivors.json', 'utf8'));

/** @param {string | undefined} pattern @param {string} text */
const matches = (pattern, text) => pattern === undefined || new RegExp(pattern).test(text);

/** @param {Rule} rule @param {Mutant} mutant */
const explains = ({file = '', mutator, from, to}, mutant) =>
	mutant.file.startsWith(file) &&
	(mutator ?? mutant.name) === mutant.name &&
	matches(from, mutant.from) &&
	matches(to, mutant.to);

/** @param {Mutant} mutant @param {string} result @param {Rule | undefined} rule */
const lineOf = ({file, line, name, from, to}, result, rule) =>
	`${result} ${file}:${line} ${name}: ${from} → ${to}${rule ? `\n    ${rule.reason}` : ''}`;

const isAlive = (result) => result === 'survived' || result === 'uncovered';

/** @param {string} part of src @param {readonly Mutant[]} mutants @param {Record<string, string>} results */
export function report(part, mutants, results) {
	const rules = readRules();
	const judged = mutants.filter(({key}) => key in results);
	const alive = judged.filter(({key}) => isAlive(results[key]));
	const explained = new Map(alive.map((mutant) => [mutant, rules.find((rule) => explains(rule, mutant))]));
	for (const [mutant, rule] of explained) console.log(lineOf(mutant, results[mutant.key], rule));
	const killed = judged.length - alive.length;
	const left = [...explained.values()].filter((rule) => rule === undefined).length;
	const share = ((100 * killed) / judged.length).toFixed(1);
	console.log(
		`src/${part}: ${judged.length} of ${mutants.length} mutants tried, ${killed} killed (${share} %), ` +
			`${alive.length} alive, ${left} of them without a reason`,
	);
}
