import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {CrawlError} from '../engine/errors.ts';

const fileIn = (dir: string): string => path.join(dir, 'demo.json');

/** The ports of the demo that the folder is of; undefined where it is of none. */
export function savedPorts(dir: string): readonly number[] | undefined {
	let text;
	try {
		text = readFileSync(fileIn(dir), 'utf8');
	} catch (error) {
		if (['ENOENT', 'ENOTDIR'].includes(String((error as {code?: unknown}).code))) return undefined;
		throw error;
	}
	const ports = portsIn(text);
	if (ports === undefined)
		throw new CrawlError(`expected the ports of the demo in ${fileIn(dir)}, got '${text}'`);
	return ports;
}

function portsIn(text: string): readonly number[] | undefined {
	try {
		const {ports} = JSON.parse(text) as {ports: number[]};
		return ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536) ? ports : undefined;
	} catch {
		return undefined;
	}
}

/** Makes the folder that of the demo on these ports. */
export function savePorts(dir: string, ports: readonly number[]): void {
	mkdirSync(dir, {recursive: true});
	try {
		writeFileSync(fileIn(dir), `${JSON.stringify({ports})}\n`, {flag: 'wx'});
	} catch (error) {
		// It goes on, or somebody else was faster and has the folder.
		if ((error as {code?: unknown}).code !== 'EEXIST') throw error;
	}
}
