import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Contestant, Pausable, StartOptions} from './contestant.ts';
import {watchMemory} from './memory.ts';
import {now, type Server} from './server.ts';

export type Course = Omit<StartOptions, 'dir'>;

export interface Crawled {
	/** From the first request to the last page sent. */
	readonly pagesPerSecond: number;
	readonly wallMs: number;
	/** Of the process and all it started. */
	readonly cpuMs: number;
	readonly peakBytes: number;
	/** The paths of the pages that the server sent. */
	readonly pages: ReadonlySet<string>;
	/** All requests, pages included. */
	readonly requests: number;
	/** The pages that the crawler says it found, where it does. */
	readonly found: number | undefined;
}

/** Crawls the whole tree. */
export async function crawlAll(contestant: Contestant, server: Server, course: Course): Promise<Crawled> {
	await server.log();
	using folder = temporaryFolder();
	const cpuBefore = cpuOfEnded();
	const startedAt = now();
	const {child, found} = contestant.start({...course, dir: folder.dir});
	const memory = watchMemory(child.pid!);
	const [code] = (await once(child, 'exit')) as [number | null];
	const wallMs = now() - startedAt;
	const peakBytes = memory.stop();
	const cpuMs = cpuOfEnded() - cpuBefore;
	if (code === null || !contestant.exitCodes.includes(code)) throw new Error(`${contestant.name} failed`);
	const visits = await server.log();
	const sent = visits.filter(({isPage}) => isPage);
	const pages = new Set(sent.map(({path}) => path));
	const first = Math.min(...visits.map(({askedAt}) => askedAt));
	const last = Math.max(...sent.map(({sentAt}) => sentAt));
	const pagesPerSecond = (1000 * pages.size) / (last - first);
	return {pagesPerSecond, wallMs, cpuMs, peakBytes, pages, requests: visits.length, found: await found};
}

const pauses = 5;
const pagesBetween = 100;
const settleMs = 500;
const pollMs = 10;

/** Milliseconds from the call of resume until the server is asked again, for several pauses of one crawl. */
export async function resumeTimes(
	contestant: Contestant<Pausable>,
	server: Server,
	course: Course,
): Promise<number[]> {
	await server.log();
	using folder = temporaryFolder();
	const running = contestant.start({...course, dir: folder.dir});
	const ended = once(running.child, 'exit');
	const resumed: number[] = [];
	const serves = async (more: number): Promise<void> => {
		const target = (await server.count()) + more;
		while ((await server.count()) < target) {
			if (running.child.exitCode !== null) throw new Error(`${contestant.name} ended too early`);
			await sleep(pollMs);
		}
	};
	for (let pause = 1; pause <= pauses; pause++) {
		await serves(pagesBetween);
		await running.pause();
		// What is on its way to the server arrives.
		await sleep(settleMs);
		resumed.push(await running.resume());
	}
	await serves(pagesBetween);
	running.child.kill('SIGKILL');
	await ended;
	const visits = await server.log();
	return resumed.map((at) => Math.min(...visits.map(({askedAt}) => askedAt - at).filter((ms) => ms >= 0)));
}

const tickMs = 10;

/** The CPU that children of this process took which have ended, and theirs: proc(5), `cutime` and `cstime`. */
function cpuOfEnded(): number {
	const [, fields = ''] = /\) (.*)/.exec(readFileSync('/proc/self/stat', 'utf8')) ?? [];
	const [user, system] = fields.split(' ').slice(13, 15);
	return tickMs * (Number(user) + Number(system));
}

function temporaryFolder(): Disposable & {readonly dir: string} {
	const dir = mkdtempSync(path.join(tmpdir(), 'bench-crawler-'));
	return {dir, [Symbol.dispose]: () => rmSync(dir, {recursive: true, force: true})};
}
