// Processes that obey one controller, and the file in which they write what they do.
import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {build} from 'esbuild';
import {type BackendFactory, createPostgresBackend, type JobsOptions, Queue} from 'bullmq';
import {Redis} from 'ioredis';
import {Client, Pool} from 'pg';
import {QueueController} from 'pausable-signal/bullmq';
import {postgresStoreMigration} from 'pausable-signal/remote';
import type {MemberJob, MemberOptions} from './member.ts';
import {PostgresServer, RedisServer} from './servers.ts';

const root = path.join(import.meta.dirname, '../..');

export class Member {
	readonly process: ChildProcess;
	readonly ended: Promise<readonly [code: number | null, signal: string | null]>;

	constructor(child: ChildProcess) {
		this.process = child;
		this.ended = once(child, 'exit') as unknown as Member['ended'];
	}

	get isAlive(): boolean {
		return this.process.exitCode === null && this.process.signalCode === null;
	}

	/** Asks it to close. Resolves when it has ended on its own. */
	async close(force = false): Promise<readonly [code: number | null, signal: string | null]> {
		this.process.send({close: true, force});
		return this.ended;
	}

	async kill(): Promise<void> {
		this.process.kill('SIGKILL');
		await this.ended;
	}

	stepClock(ms: number): void {
		this.process.send({stepMs: ms});
	}
}

export type Kind = 'redis' | 'postgres';

/** A server, a queue on it, and the processes that work there. */
export class Crew {
	readonly kind: Kind;
	readonly server: RedisServer | PostgresServer;
	readonly folder: string;
	readonly members: Set<Member> = new Set();
	readonly #closers: (() => Promise<unknown>)[] = [];
	#names = 0;

	static async create(kind: Kind): Promise<Crew> {
		const folder = mkdtempSync(path.join(tmpdir(), 'fleet-crew-'));
		symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
		await build({
			entryPoints: [path.join(root, 'tests/servers/member.ts')],
			outfile: path.join(folder, 'member.mjs'),
			bundle: true,
			format: 'esm',
			platform: 'node',
			target: 'es2022',
			external: ['bullmq', 'ioredis', 'pg', 'abort-controller-x'],
			tsconfig: path.join(root, 'tsconfig.json'),
			logLevel: 'error',
		});
		const server = kind === 'redis' ? await RedisServer.create() : await PostgresServer.create();
		if (server instanceof PostgresServer) await migrate(server.url);
		return new Crew(kind, server, folder);
	}

	constructor(kind: Kind, server: RedisServer | PostgresServer, folder: string) {
		this.kind = kind;
		this.server = server;
		this.folder = folder;
	}

	get connection(): {host: string; port: number} {
		const {port} = this.server;
		if (this.kind === 'redis') return {host: '127.0.0.1', port};
		const url = {connectionString: this.server.url, migrate: true};
		return url as unknown as {host: string; port: number};
	}

	get backend(): BackendFactory | undefined {
		return this.kind === 'redis' ? undefined : (createPostgresBackend as unknown as BackendFactory);
	}

	/** A queue of its own, with its controller, its journal and its members. */
	async fleet(): Promise<Fleet> {
		const fleet = new Fleet(this, `fleet-${++this.#names}`);
		await fleet.queue.waitUntilReady();
		return fleet;
	}

	async start(options: MemberOptions): Promise<Member> {
		const child = fork(path.join(this.folder, 'member.mjs'), [JSON.stringify(options)], {
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
			execArgv: [],
		});
		const member = new Member(child);
		this.members.add(member);
		void member.ended.then(() => this.members.delete(member));
		await Promise.race([once(child, 'message'), member.ended]);
		return member;
	}

	/** Cuts all connections; every client connects again. */
	async cutConnections(): Promise<void> {
		if (this.kind === 'redis') {
			const admin = new Redis(this.server.url);
			for (const type of ['PUBSUB', 'NORMAL'])
				await admin.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
			admin.disconnect();
			return;
		}
		const admin = new Client({connectionString: this.server.url});
		admin.on('error', () => {});
		await admin.connect();
		await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`);
		await admin.end();
	}

	/** Closes something after the test, in any case. */
	atEnd(close: () => Promise<unknown>): void {
		this.#closers.push(close);
	}

	/** Ends what a test left, however it ended. */
	async clear(): Promise<void> {
		this.server.thaw();
		// One test that fails while the server is down must not fail those after it.
		if (!this.server.isRunning) await this.server.start();
		await Promise.all([...this.members].map((member) => member.kill()));
		for (const close of this.#closers.splice(0).toReversed()) await close();
	}

	async close(): Promise<void> {
		await this.clear();
		await this.server[Symbol.asyncDispose]();
		rmSync(this.folder, {recursive: true, force: true});
	}
}

async function migrate(url: string): Promise<void> {
	const pool = new Pool({connectionString: url});
	await pool.query(postgresStoreMigration('bullmq'));
	await pool.query(postgresStoreMigration());
	await pool.end();
}

export class Fleet {
	readonly crew: Crew;
	readonly name: string;
	readonly queue: Queue<MemberJob>;
	readonly controller: QueueController;
	readonly #journal: string;

	constructor(crew: Crew, name: string) {
		this.crew = crew;
		this.name = name;
		this.#journal = path.join(crew.folder, name);
		writeFileSync(this.#journal, '');
		const {connection, backend} = crew;
		this.queue = new Queue<MemberJob>(name, {connection}, backend as BackendFactory<never>);
		this.queue.on('error', () => {});
		this.controller = new QueueController(name, {connection}, backend);
		crew.atEnd(() => this.queue.close());
		crew.atEnd(() => this.controller.close());
	}

	async start(options: Partial<MemberOptions> = {}): Promise<Member> {
		const {kind, server} = this.crew;
		const {name} = this;
		const journal = this.#journal;
		return this.crew.start({role: 'worker', kind, port: server.port, name, journal, ...options});
	}

	async startAll(count: number, options: Partial<MemberOptions> = {}): Promise<Member[]> {
		return Promise.all(Array.from({length: count}, () => this.start(options)));
	}

	async add(count: number, data: MemberJob = {}, opts: JobsOptions = {}): Promise<string[]> {
		const jobs = Array.from({length: count}, () => ({name: 'job', data, opts}));
		return (await this.queue.addBulk(jobs)).map(({id}) => id!);
	}

	/** The lines of one letter: `s` a step, `b` begun, `e` ended, `a` aborted, `p` put away, `x` stalled. */
	lines(letter: string): string[] {
		const lines = readFileSync(this.#journal, 'utf8').split('\n');
		return lines.filter((line) => line.startsWith(`${letter} `)).map((line) => line.slice(2));
	}

	get steps(): number {
		return this.lines('s').length;
	}

	async completed(): Promise<number> {
		return this.queue.getCompletedCount();
	}
}
