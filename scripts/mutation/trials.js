// The processes that judge mutants: started, asked, and ended when they do not answer.
import {fork} from 'node:child_process';
import {readdirSync} from 'node:fs';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {activeMutant, sandbox} from './sandbox.js';

/** @typedef {import('./runner.js').Trial} Trial @typedef {import('./runner.js').Verdict} Verdict */

const runner = fileURLToPath(new URL('runner.js', import.meta.url));
const stdio = ['ignore', 'ignore', process.env.DEBUG ? 'inherit' : 'ignore', 'ipc'];
/** Milliseconds that loading takes at most. */
const loadLimit = 60_000;

/** @param {readonly string[]} rooms @returns {string[]} */
export const testFiles = (rooms) =>
	rooms.flatMap((room) =>
		readdirSync(`${sandbox}/tests/${room}`)
			.filter((name) => name.endsWith('.test.ts'))
			.map((name) => `tests/${room}/${name}`),
	);

/** One process that has loaded test files. */
export class Runner {
	#child;

	/** @param {readonly string[]} files @param {number} [mutant] alive from the start */
	constructor(files, mutant = -1) {
		const env = {...process.env, [activeMutant]: String(mutant)};
		const execArgv = ['--expose-gc', '--disable-warning=ExperimentalWarning'];
		this.#child = fork(runner, files, {cwd: sandbox, env, execArgv, stdio});
		/** Undefined once loaded. @type {Promise<Verdict | undefined>} */
		this.loaded = this.#answer(loadLimit, (message) => message === 'ready').then((answer) =>
			answer === 'ready' ? undefined : answer,
		);
	}

	/** @param {Trial} trial @returns {Promise<Verdict>} */
	judge(trial) {
		return this.#ask(trial);
	}

	/** @returns {Promise<import('./runner.js').DryRun>} */
	dryRun() {
		return this.#ask('dry');
	}

	stop() {
		this.#child.kill('SIGKILL');
	}

	async #ask(question) {
		const failure = await this.loaded;
		if (failure !== undefined) return failure;
		this.#child.send(question);
		const answer = await this.#answer(loadLimit, (message) => 'result' in message);
		return answer.result ?? answer;
	}

	/**
	 * The first message that is an answer; a verdict when the process ends or is late. A message about a started test
	 * sets the time anew.
	 */
	#answer(limit, isAnswer) {
		return new Promise((resolve) => {
			const child = this.#child;
			const settle = (answer) => {
				clearTimeout(timer);
				child.removeAllListeners();
				resolve(answer);
			};
			const endLate = () => settle({status: 'timeout', isClean: false});
			let timer = setTimeout(endLate, limit);
			child.once('exit', () => settle({status: 'killed', isClean: false}));
			child.on('message', (message) => {
				if (isAnswer(message)) return settle(message);
				clearTimeout(timer);
				timer = setTimeout(endLate, message.limit + 2000);
			});
		});
	}
}
