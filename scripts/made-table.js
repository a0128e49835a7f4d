// Tables of docs/runtimes.md that a command makes: each stands between two comments that name the command.
import {readFileSync, writeFileSync} from 'node:fs';

const page = 'docs/runtimes.md';

/** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
export function tableOf(head, rows) {
	const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
	return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** @param {string} command as in `npm run <command>` @param {string} text */
export function writeMade(command, text) {
	const [start, end] = [`<!-- made by npm run ${command} -->`, `<!-- end of ${command} -->`];
	const [before, rest] = readFileSync(page, 'utf8').split(start);
	const after = rest.slice(rest.indexOf(end));
	writeFileSync(page, `${before}${start}\n${text}\n${after}`);
}
