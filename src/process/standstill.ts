// Whether a process stands still, according to /proc of Linux.
import {builtin} from '../core/index.ts';
import {self} from './child.ts';

interface FileSystem {
	readFileSync(path: string, encoding: 'latin1'): string;
	readdirSync(path: string): string[];
}

const fs = builtin('node:fs') as FileSystem | undefined;

/** Whether the platform shows the state of a process. Elsewhere a process counts as stopped after SIGSTOP. */
export const tellsStates: boolean = self?.platform === 'linux' && fs !== undefined;

interface Stat {
	/** One letter: `T` is stopped, `t` stopped by a tracer, `Z` and `X` have ended. */
	readonly state: string;
	readonly group: number;
}

// The name of the command is in brackets, and may contain any character.
function statOf(pid: number | string): Stat | undefined {
	try {
		const text = fs?.readFileSync(`/proc/${pid}/stat`, 'latin1') ?? '';
		const [state = 'X', , group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
		return {state, group: Number(group)};
	} catch {
		return undefined;
	}
}

/** The process group of a process; undefined if it has ended, or if the platform does not show it. */
export function groupOf(pid: number): number | undefined {
	return tellsStates ? statOf(pid)?.group : undefined;
}

/** Whether a process, or every one of its group, is stopped or has ended. */
export function standsStill(pid: number, isGroup: boolean): boolean {
	if (!tellsStates) return true;
	if (!isGroup) return isStill(statOf(pid));
	const processes = fs?.readdirSync('/proc').filter((name) => /^\d+$/.test(name)) ?? [];
	return processes.every((name) => {
		const stat = statOf(name);
		return stat?.group !== pid || isStill(stat);
	});
}

function isStill(stat: Stat | undefined): boolean {
	return stat === undefined || 'TtZX'.includes(stat.state);
}
