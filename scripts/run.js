import {spawnSync} from 'node:child_process';

/**
 * Runs a Node program with this terminal and returns its exit code.
 *
 * @param {readonly string[]} args
 * @param {string} node the Node to run it with
 */
export function runNode(args, node = process.execPath) {
	const {status, error} = spawnSync(node, args, {stdio: 'inherit'});
	if (error) throw error;
	return status ?? 1;
}
