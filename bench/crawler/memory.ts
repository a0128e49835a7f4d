import {readdirSync, readFileSync} from 'node:fs';

const everyMs = 100;

/** Watches the memory of a process and its descendants. `stop` tells the peak of each, summed up, in bytes. */
export function watchMemory(pid: number): {stop(): number} {
	const peaks = new Map<number, number>();
	const look = (): void => {
		for (const one of treeOf(pid)) peaks.set(one, peakOf(one) ?? peaks.get(one) ?? 0);
	};
	const timer = setInterval(look, everyMs);
	return {
		stop() {
			clearInterval(timer);
			return [...peaks.values()].reduce((sum, peak) => sum + peak, 0);
		},
	};
}

function treeOf(pid: number): number[] {
	const parents = new Map<number, number>();
	for (const name of readdirSync('/proc')) {
		const parent = /^\d+$/.test(name) ? field(Number(name), 'PPid') : undefined;
		if (parent !== undefined) parents.set(Number(name), parent);
	}
	const below = (id: number): number[] =>
		[...parents].filter(([, parent]) => parent === id).flatMap(([child]) => [child, ...below(child)]);
	return parents.has(pid) ? [pid, ...below(pid)] : [];
}

function peakOf(pid: number): number | undefined {
	const kilobytes = field(pid, 'VmHWM');
	return kilobytes === undefined ? undefined : kilobytes * 1024;
}

function field(pid: number, name: string): number | undefined {
	try {
		const status = readFileSync(`/proc/${pid}/status`, 'utf8');
		const found = new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1];
		return found === undefined ? undefined : Number(found);
	} catch {
		return undefined;
	}
}
