// examples/fleet in terminals.
import {type ChildProcess, spawn} from 'node:child_process';
import {EventEmitter, once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import path from 'node:path';
import {build} from 'esbuild';

const root = path.join(import.meta.dirname, '../..');

/** The program as two files of JavaScript, whose processes start soon. */
export class FleetProgram implements Disposable {
	readonly #folder = mkdtempSync(path.join(root, 'node_modules', '.fleet-'));

	static async build(): Promise<FleetProgram> {
		const program = new FleetProgram();
		await build({
			entryPoints: ['main', 'worker-process'].map((name) => path.join(root, `examples/fleet/${name}.ts`)),
			outdir: program.#folder,
			outExtension: {'.js': '.mjs'},
			bundle: true,
			format: 'esm',
			platform: 'node',
			target: 'es2022',
			external: ['bullmq', 'ioredis', 'libsql', 'entities', 'abort-controller-x', '@electric-sql/pglite'],
			absWorkingDir: root,
			logLevel: 'error',
		});
		return program;
	}

	start(...args: readonly string[]): Terminal {
		return new Terminal(path.join(this.#folder, 'main.mjs'), args);
	}

	[Symbol.dispose](): void {
		rmSync(this.#folder, {recursive: true, force: true});
	}
}

/** A terminal in which a command runs. */
export class Terminal implements AsyncDisposable {
	/** The exit code, or the signal that ended it. */
	readonly ended: Promise<number | string>;
	text = '';
	readonly #child: ChildProcess;
	readonly #events = new EventEmitter();

	constructor(main: string, args: readonly string[]) {
		const child = spawn(process.execPath, [main, ...args], {stdio: ['ignore', 'pipe', 'pipe']});
		for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => this.#hear(String(data)));
		// `close` comes when its workers, which write here, too, are gone.
		this.ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
		void this.ended.then(() => this.#events.emit('text'));
		this.#child = child;
	}

	#hear(text: string): void {
		this.text += text;
		this.#events.emit('text');
	}

	get #isOver(): boolean {
		return this.#child.exitCode !== null || this.#child.signalCode !== null;
	}

	/** Resolves with all matches once there are this many. Rejects when the command ends before. */
	async until(pattern: RegExp, count = 1): Promise<RegExpExecArray[]> {
		for (;;) {
			const matches = [...this.text.matchAll(new RegExp(pattern, 'g'))];
			if (matches.length >= count) return matches;
			if (this.#isOver) throw new Error(`it ended without ${String(pattern)}:\n${this.text}`);
			await once(this.#events, 'text');
		}
	}

	/** The pids of its processes, those that were replaced included. */
	async pids(count: number): Promise<number[]> {
		const matches = await this.until(/is at work \(pid (\d+)\)/, count);
		return matches.map(([, pid]) => Number(pid));
	}

	kill(signal: NodeJS.Signals): void {
		this.#child.kill(signal);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		// Its workers follow when it is gone.
		this.kill('SIGKILL');
		await this.ended;
	}
}
