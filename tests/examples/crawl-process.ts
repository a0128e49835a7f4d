import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A program of this folder in one file: a process that runs it starts soon. */
export class Program implements Disposable {
	readonly file: string;
	readonly #dir: string;

	private constructor(dir: string) {
		this.#dir = dir;
		this.file = join(dir, 'program.mjs');
	}

	static async of(source: string): Promise<Program> {
		// In here, so that it finds the packages.
		const program = new Program(mkdtempSync(join(root, 'node_modules', '.crawl-')));
		await build({
			entryPoints: [join(root, 'tests/examples', source)],
			outfile: program.file,
			bundle: true,
			platform: 'node',
			format: 'esm',
			target: 'node20',
			external: ['libsql', 'entities', 'p-queue', 'abort-controller-x'],
			absWorkingDir: root,
			logLevel: 'error',
		});
		return program;
	}

	[Symbol.dispose](): void {
		rmSync(this.#dir, {recursive: true, force: true});
	}
}

/** A process with its output; killed at the end of the block. */
export class CrawlProcess<Message> implements AsyncDisposable {
	readonly said: Message[] = [];
	readonly #child: ChildProcess;
	readonly #exit: Promise<unknown[]>;

	constructor(program: Program, options: unknown, nodeOptions: readonly string[] = []) {
		this.#child = fork(program.file, [JSON.stringify(options)], {
			execArgv: [...nodeOptions],
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
		});
		this.#child.on('message', (message) => this.said.push(message as Message));
		this.#exit = once(this.#child, 'exit');
	}

	/** Resolves once it has said this many things, or has ended. */
	async untilSaid(count: number): Promise<void> {
		while (this.said.length < count && this.#child.connected) {
			const gone = new AbortController();
			await Promise.race([
				once(this.#child, 'message', {signal: gone.signal}).catch(() => {}),
				once(this.#child, 'disconnect', {signal: gone.signal}).catch(() => {}),
			]);
			gone.abort();
		}
	}

	/** kill -9. */
	kill(): void {
		this.#child.kill('SIGKILL');
	}

	/** Resolves with the exit code, or the signal that ended it. */
	async end(): Promise<unknown> {
		const [code, signal] = await this.#exit;
		return code ?? signal;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.kill();
		await this.#exit;
	}
}
