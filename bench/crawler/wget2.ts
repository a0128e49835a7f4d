import {spawn, spawnSync} from 'node:child_process';
import type {Contestant} from './contestant.ts';

// Without pictures, styles and scripts: ours asks for none.
const options = ['--recursive', '--level=inf', '--ignore-tags=img,link,script', '--no-config', '--quiet'];
const serverErrors = 8;

/** GNU Wget2, a program in C that keeps all pages as files. It cannot be paused. */
export const wget2: Contestant = {
	name: 'wget2',
	// Some links lead to files that the package does not have.
	exitCodes: [0, serverErrors],
	start({url, concurrency, dir}) {
		const child = spawn('wget2', [...options, `--max-threads=${concurrency}`, url], {
			cwd: dir,
			stdio: 'ignore',
		});
		return {child, found: Promise.resolve(undefined)};
	},
};

/** Undefined where it is not installed: `apt-get install wget2`. */
export function wget2Version(): string | undefined {
	const {stdout, error} = spawnSync('wget2', ['--version'], {encoding: 'utf8'});
	return error === undefined ? /Wget2 (\S+)/.exec(stdout)?.[1] : undefined;
}
