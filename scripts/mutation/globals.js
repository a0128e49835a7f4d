// Stands for '@jest/globals' outside Jest: the names that the tests of the mutated rooms use, made of Jest's own parts.
import {createRequire} from 'node:module';
import path from 'node:path';
import {sandbox} from './sandbox.js';

const fromJest = createRequire(createRequire(import.meta.url).resolve('jest'));
const {bind} = fromJest('jest-each');
const {ModernFakeTimers} = fromJest('@jest/fake-timers');
const {ModuleMocker} = fromJest('jest-mock');

/** @typedef {() => unknown} Body */
/** @typedef {{outer?: Block, before: Body[], after: Body[]}} Block */
/** @typedef {{id: string, file: string, body: Body, before: Body[], after: Body[]}} Test hooks are in the order in which they run */

/** @type {{id: string, block: Block, body: Body}[]} */
let collected = [];
let file = '';
/** @type {Block} */
let block = {before: [], after: []};

/** @param {string} name @param {Body} body */
export function describe(name, body) {
	const outer = block;
	block = {outer, before: [], after: []};
	body();
	block = outer;
}

/** @param {string} name @param {Body} body */
export function test(name, body) {
	collected.push({id: `${file}#${collected.length} ${name}`, block, body});
}

describe.each = bind(describe, false);
test.each = bind(test, false);

/** @param {Body} hook */
export const beforeEach = (hook) => void block.before.push(hook);
/** @param {Body} hook */
export const afterEach = (hook) => void block.after.push(hook);
// Once for a file is as good as once for each test.
export {afterEach as afterAll, beforeEach as beforeAll};

export const {jestExpect: expect} = fromJest('@jest/expect');

const mocker = new ModuleMocker(globalThis);
const timers = new ModernFakeTimers({config: {rootDir: sandbox, fakeTimers: {}}, global: globalThis});

export const jest = Object.assign(timers, {
	fn: mocker.fn.bind(mocker),
	spyOn: mocker.spyOn.bind(mocker),
	restoreAllMocks: () => mocker.restoreAllMocks(),
});

/** @param {Block | undefined} block @returns {Block[]} the innermost first */
const blocksOf = (block) => (block === undefined ? [] : [block, ...blocksOf(block.outer)]);

/** Loads a test file. @param {string} name @returns {Promise<Test[]>} */
export async function collect(name) {
	collected = [];
	file = name;
	block = {before: [], after: []};
	await import(`${path.join(sandbox, name)}?of=${name}`);
	return collected.map(({id, block, body}) => {
		const blocks = blocksOf(block);
		const before = blocks.toReversed().flatMap((one) => one.before);
		return {id, file: name, body, before, after: blocks.flatMap((one) => one.after)};
	});
}
