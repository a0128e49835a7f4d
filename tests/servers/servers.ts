// Redis and Postgres of Debian's packages, each test file its own: a folder, a free port, a pid.
import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {chmod, mkdtemp, rm} from 'node:fs/promises';
import {createConnection, createServer} from 'node:net';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';

export async function freePort(): Promise<number> {
	const server = createServer();
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}

async function untilItAnswers(port: number, child: ChildProcess): Promise<void> {
	for (;;) {
		if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}`);
		const socket = createConnection(port, '127.0.0.1');
		const isOpen = await new Promise<boolean>((resolve) => {
			socket.on('connect', () => resolve(true));
			socket.on('error', () => resolve(false));
		});
		socket.destroy();
		if (isOpen) return;
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

/** A server that is started, frozen, killed and started again on the same port and folder. */
abstract class Server {
	readonly port: number;
	readonly folder: string;
	protected child: ChildProcess | undefined;

	constructor(folder: string, port: number) {
		this.folder = folder;
		this.port = port;
	}

	protected abstract spawn(): ChildProcess;

	async start(): Promise<void> {
		this.child = this.spawn();
		await untilItAnswers(this.port, this.child);
	}

	freeze(): void {
		this.#signal('SIGSTOP');
	}

	thaw(): void {
		this.#signal('SIGCONT');
	}

	#signal(signal: NodeJS.Signals): void {
		for (const pid of this.#pids()) {
			try {
				process.kill(pid, signal);
			} catch {
				// A connection that has just ended.
			}
		}
	}

	/** The server's processes: Postgres has one for each connection. */
	#pids(): number[] {
		const own = this.child?.pid;
		if (own === undefined) return [];
		const parentOf = (pid: string): number => {
			try {
				return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
			} catch {
				return 0;
			}
		};
		const pids = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && parentOf(pid) === own);
		return [own, ...pids.map(Number)];
	}

	get isRunning(): boolean {
		const {child} = this;
		return child !== undefined && child.exitCode === null && child.signalCode === null;
	}

	async stop(signal: NodeJS.Signals): Promise<void> {
		const {child} = this;
		if (child === undefined || !this.isRunning) return;
		const ended = once(child, 'exit');
		this.thaw();
		child.kill(signal);
		await ended;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.stop('SIGKILL');
		await rm(this.folder, {recursive: true, force: true});
	}
}

export class RedisServer extends Server {
	static async create(): Promise<RedisServer> {
		const folder = await mkdtemp(path.join(tmpdir(), 'pausable-redis-'));
		const server = new RedisServer(folder, await freePort());
		await server.start();
		return server;
	}

	get url(): string {
		return `redis://127.0.0.1:${this.port}`;
	}

	protected spawn(): ChildProcess {
		const options = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.folder];
		const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
		return spawn('redis-server', [...options, ...durable], {stdio: 'ignore'});
	}

	/** `kill -9`, with its data or without. */
	async crash({keepsData}: {keepsData: boolean}): Promise<void> {
		await this.stop('SIGKILL');
		if (!keepsData) await rm(path.join(this.folder, 'appendonlydir'), {recursive: true, force: true});
	}
}

/** Where Debian puts the programs of Postgres, which are not on the path. */
function postgresFolder(): string {
	const root = '/usr/lib/postgresql';
	const [newest] = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : [];
	if (newest === undefined) throw new Error('Postgres is not installed');
	return path.join(root, newest, 'bin');
}

/** Postgres refuses to run as root. */
function postgresUser(): {uid?: number; gid?: number} {
	if (process.getuid?.() !== 0) return {};
	const idOf = (kind: string): number => Number(execFileSync('id', [kind, 'postgres'], {encoding: 'utf8'}));
	return {uid: idOf('-u'), gid: idOf('-g')};
}

export class PostgresServer extends Server {
	static async create(): Promise<PostgresServer> {
		const folder = await mkdtemp(path.join(tmpdir(), 'pausable-postgres-'));
		const user = postgresUser();
		if (user.uid !== undefined) execFileSync('chown', [`${user.uid}:${user.gid}`, folder]);
		await chmod(folder, 0o700);
		const initdb = path.join(postgresFolder(), 'initdb');
		execFileSync(initdb, ['-D', folder, '-U', 'postgres', '-A', 'trust', '-N', '--no-locale', '-E', 'UTF8'], {
			...user,
			cwd: '/',
			stdio: 'ignore',
		});
		const server = new PostgresServer(folder, await freePort());
		await server.start();
		return server;
	}

	get url(): string {
		return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
	}

	protected spawn(): ChildProcess {
		const settings = [
			'listen_addresses=127.0.0.1',
			`unix_socket_directories=${this.folder}`,
			'max_connections=200',
		];
		const args = ['-D', this.folder, '-p', `${this.port}`, ...settings.flatMap((setting) => ['-c', setting])];
		return spawn(path.join(postgresFolder(), 'postgres'), args, {
			...postgresUser(),
			cwd: '/',
			stdio: 'ignore',
		});
	}

	override async start(): Promise<void> {
		await super.start();
		// It accepts connections before it answers queries.
		const {Client} = await import('pg').then((pg) => pg.default);
		for (;;) {
			const client = new Client({connectionString: this.url});
			client.on('error', () => {});
			const isReady = await client.connect().then(
				() => true,
				() => false,
			);
			await client.end().catch(() => {});
			if (isReady) return;
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	}
}
