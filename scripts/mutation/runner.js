// A process that runs test files over and over, each time with another mutant alive. Ended from outside when a
// mutant loops for ever.
import process from 'node:process';
import {runCLI} from 'jest';
import {activeMutant, sandbox} from './sandbox.js';

/** @param {string} file @param {string} pattern @param {string} id */
async function isGreen(file, pattern, id) {
	process.env[activeMutant] = id;
	const argv = {
		runInBand: true,
		silent: true,
		reporters: [],
		coverage: false,
		config: process.env.MUTATION_CONFIG,
		runTestsByPath: true,
		testNamePattern: pattern,
		_: [file],
		$0: 'jest',
	};
	const {results} = await runCLI(argv, [sandbox]);
	return results.success && results.numPassedTests > 0;
}

/** @param {{file: string, pattern: string, id: string}} task */
async function answer({file, pattern, id}) {
	try {
		process.send({isGreen: await isGreen(file, pattern, id)});
	} catch {
		process.send({isGreen: false});
	}
}

process.on('message', (task) => void answer(task));
process.on('uncaughtException', () => process.send({isGreen: false}));
process.send('ready');
