import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import process from 'node:process';
import {expect, jest, test} from '@jest/globals';
import {CrawlReader} from '../../examples/crawler/engine/reading.ts';
import {Program} from './crawl-process.ts';
import {Folder} from './crawler-lab.ts';
import {GarbageSite} from './garbage-site.ts';

// CRAWL_SEEDS=100 for more of them, CRAWL_SEED=7 for another first one.
const seeds = Number(process.env['CRAWL_SEEDS'] ?? 1);
const first = Number(process.env['CRAWL_SEED'] ?? 3);
const pages = 200;
const most = 400;

jest.setTimeout(60_000 * seeds + 60_000);

interface Line {
	readonly type: string;
	readonly state?: string;
	readonly url?: string;
	readonly counts?: {readonly waiting: number; readonly running: number; readonly held: number};
}

interface Run {
	readonly code: number | null;
	readonly lines: readonly Line[];
	readonly stderr: string;
}

async function crawl(program: Program, args: readonly string[]): Promise<Run> {
	const child = spawn(process.execPath, [program.file, JSON.stringify(args)], {
		stdio: ['ignore', 'pipe', 'pipe'],
		// One that hangs fails the test, and does not outlive it.
		timeout: 60_000,
		killSignal: 'SIGKILL',
	});
	const said = {stdout: '', stderr: ''};
	for (const name of ['stdout', 'stderr'] as const)
		child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text));
	const [code] = (await once(child, 'close')) as [number | null];
	const lines = said.stdout.split('\n').filter((line) => line !== '');
	return {code, lines: lines.map((line) => JSON.parse(line) as Line), stderr: said.stderr};
}

test('E1: no kind of garbage ends a crawl, and each page is accounted for', async () => {
	using program = await Program.of('crawl-garbage-program.ts');
	for (let seed = first; seed < first + seeds; seed++) {
		using folder = new Folder();
		await using site = await GarbageSite.start(seed, pages);
		const args = [
			`${site.origin}/`,
			'--dir',
			folder.path,
			'--per-host',
			'8',
			'--max-pages',
			String(most),
			'--json',
		];
		const run = await crawl(program, args);
		const context = {seed, code: run.code, stderr: run.stderr};
		expect(context).toEqual({seed, code: 0, stderr: expect.not.stringMatching(/^ +at |^error/m)});
		const summary = run.lines.at(-1);
		expect({seed, ...summary}).toMatchObject({seed, type: 'summary', counts: {running: 0, held: 0}});
		using reader = new CrawlReader(folder.path);
		const ended = [...reader.pages()].map(({url}) => url);
		const told = run.lines.filter(({type}) => type === 'page').map(({url}) => url);
		// Each page that has ended was told of once, and none waits but for the limit.
		expect(new Set(told)).toEqual(new Set(ended));
		expect(told).toHaveLength(ended.length);
		expect(ended.length).toBeGreaterThanOrEqual(pages);
		if (reader.status.counts.done < most) expect(reader.status.counts.waiting).toBe(0);
	}
});

test.each([
	['a 407', 'HTTP/1.1 407 Proxy'],
	['a 205', 'HTTP/1.1 205 Reset'],
])('E1: the program ends although the body of %s never does', async (_title, statusLine) => {
	using program = await Program.of('crawl-garbage-program.ts');
	using folder = new Folder();
	const sockets: Socket[] = [];
	const server = createServer((socket) => {
		sockets.push(socket.on('error', () => {}));
		socket.once('data', (data) => {
			if (data.includes('GET / '))
				socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<a href=/1>');
			else if (data.includes('GET /1 ')) socket.write(`${statusLine}\r\nContent-Length: 9\r\n\r\nx`);
			else socket.end('HTTP/1.1 404 None\r\n\r\n');
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	const run = await crawl(program, [`http://127.0.0.1:${port}/`, '--dir', folder.path, '--json']);
	expect(run.code).toBe(0);
	for (const socket of sockets) socket.destroy();
	await new Promise((resolve) => server.close(resolve));
});
