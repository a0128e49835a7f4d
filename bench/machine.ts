import {readFileSync} from 'node:fs';
import {availableParallelism, cpus, loadavg, totalmem} from 'node:os';
import path from 'node:path';

const peers = [
	'abort-controller-x',
	'c-promise2',
	'effect',
	'p-queue',
	'p-queue-9',
	'p-limit',
	'fastq',
	'async',
	'bottleneck',
	'got',
	'undici',
	'node-downloader-helper',
];

/** Where the figures come from: without this they say little. */
export function describeMachine(): string {
	const {v8, node} = process.versions;
	const memory = Math.round(totalmem() / 2 ** 30);
	return [
		`${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, ${memory} GiB, ${process.platform} ${process.arch}; load ${loadavg()[0]?.toFixed(1)}`,
		`Node ${node} (V8 ${v8})`,
		['.', ...peers.map((name) => path.join('node_modules', name))].map(describePackage).join(', '),
	].join('\n');
}

function describePackage(folder: string): string {
	const {name, version} = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
		name: string;
		version: string;
	};
	return `${name} ${version}`;
}
