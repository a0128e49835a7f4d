import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {Found} from './page.ts';
import type {Entry} from './pages-table.ts';

/**
 * Writes the body of a page into the folder; returns the file's name in there. It is written before the
 * page is settled, and again when a dying process left it half-written.
 */
export async function saveBody(dir: string, entry: Entry, {body}: Found): Promise<string> {
	const group = String(Math.floor(entry.id / 1000)).padStart(4, '0');
	const name = join('bodies', group, `${entry.id}.html`);
	await mkdir(dirname(join(dir, name)), {recursive: true});
	await writeFile(join(dir, name), body);
	return name;
}
