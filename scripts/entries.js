// What the package exports: package.json is the one place that says so, and everything here reads it.
import {readFileSync} from 'node:fs';

const {exports: exported} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/**
 * The entries: `name` as a user imports it, `file` in dist without its ending, and `source`.
 *
 * @type {readonly {readonly name: string, readonly file: string, readonly source: string}[]}
 */
export const entries = Object.keys(exported)
	.filter((key) => key !== './package.json')
	.map((key) => {
		const room = key.slice(2);
		return room === ''
			? {name: 'pausable-signal', file: 'index', source: 'src/index.ts'}
			: {name: `pausable-signal/${room}`, file: room, source: `src/${room}/index.ts`};
	});
