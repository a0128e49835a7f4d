// One table of what things cost here and elsewhere: `npm run bench`, or `npm run bench -- delay task`
// for the contests whose names begin so.
import {spawnSync} from 'node:child_process';
import {setMaxListeners} from 'node:events';
import {fileURLToPath} from 'node:url';
import {contests} from './contests/index.ts';
import {type Contest, hold, type Medians, mediansOf} from './contest.ts';
import {describeMachine} from './machine.ts';
import {type Line, linesOf, table} from './report.ts';

// Once in a while the compiler has bad luck for the whole life of a process: hence more than one.
const processes = 3;

const [command, ...names] = process.argv.slice(2);

if (command === '--hold') console.log(JSON.stringify(await holdHere(names[0]!)));
else holdAll(command === undefined ? [] : [command, ...names]);

function holdAll(wanted: readonly string[]): void {
	const isWanted = (name: string): boolean =>
		wanted.length === 0 || wanted.some((beginning) => name.startsWith(beginning));
	const lines: Line[] = [];
	console.log(`${describeMachine()}\n`);
	for (const name of Object.keys(contests).filter(isWanted)) {
		if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${name}`);
		lines.push(...linesOf(...holdApart(name)));
	}
	if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
	console.log(table(lines));
	console.log(`\n${Math.round(performance.now() / 1_000)} s`);
}

/** As JSON a contest is without its functions, which are not needed any more. */
interface Result {
	readonly contest: Contest;
	readonly medians: Medians;
}

/**
 * Each contest has processes of its own: what one leaves in the heap, and what it taught the
 * compiler, must not change the figures of the next.
 */
function holdApart(name: string): [Contest, Medians] {
	const results = [holdInProcess(name)];
	const {contest} = results[0]!;
	while (contest.isHeavy !== true && results.length < processes) results.push(holdInProcess(name));
	return [contest, mediansOf(results.map(({medians}) => medians))];
}

function holdInProcess(name: string): Result {
	const args = [...process.execArgv, fileURLToPath(import.meta.url), '--hold', name];
	const {stdout, status} = spawnSync(process.execPath, args, {
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	if (status !== 0) throw new Error(`${name} failed`);
	return JSON.parse(stdout) as Result;
}

async function holdHere(name: string): Promise<Result> {
	const prepare = contests[name];
	if (prepare === undefined) throw new RangeError(`no contest '${name}'`);
	// No warnings where a peer adds many listeners.
	setMaxListeners(0);
	const contest = prepare();
	return {contest, medians: await hold(contest)};
}
