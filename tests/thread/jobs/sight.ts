// What a thread sees of its surroundings.
import process from 'node:process';
import {PausableSignal} from '../../../src/index.ts';
import {type ThreadContext, ThreadSignal} from '../../../src/thread/index.ts';

export default function sight({signal, name}: ThreadContext): Record<string, unknown> {
	return {
		env: process.env['ONE'],
		argv: process.argv[2],
		name,
		isThread: signal instanceof ThreadSignal,
		isPausable: signal instanceof PausableSignal && signal instanceof AbortSignal && signal.name === name,
	};
}
