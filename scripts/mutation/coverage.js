// Jest's setup of the first run: which test reaches which mutant.
import {createHash} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import process from 'node:process';
import {afterAll, afterEach, beforeEach, expect} from '@jest/globals';

const {MUTATION_COVERAGE: folder} = process.env;

// The names are those of Stryker's instrumenter.
const stryker = (globalThis.__stryker__ ??= {});

beforeEach(() => {
	stryker.currentTestId = expect.getState().currentTestName;
});

afterEach(() => {
	stryker.currentTestId = undefined;
});

afterAll(() => {
	const {testPath} = expect.getState();
	mkdirSync(folder, {recursive: true});
	const name = createHash('sha1').update(testPath).digest('hex');
	const coverage = {testPath, ...(stryker.mutantCoverage ?? {static: {}, perTest: {}})};
	writeFileSync(`${folder}/${name}.json`, JSON.stringify(coverage));
});
