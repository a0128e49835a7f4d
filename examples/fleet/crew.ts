import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import path from 'node:path';
import {CrawlError} from '../crawler/engine/errors.ts';
import type {Base, BaseOptions} from './base.ts';
import {FleetWorker, type WorkerSettings} from './worker.ts';

/** The processes of a crawl, or the one process that does everything. */
export interface Crew {
	/** Rejects when they cannot work on. */
	readonly failed: Promise<never>;
	close(): Promise<void>;
}

export interface CrewOptions extends BaseOptions, WorkerSettings {
	readonly processes: number;
}

type Say = (text: string) => void;

/** What a process of the crew tells the one that started it. */
export type FromWorker = {readonly ready: true} | {readonly complaint: string};

/** Works in this process. */
export async function workHere(base: Base, options: CrewOptions, say: Say): Promise<Crew> {
	const worker = await FleetWorker.start(base, options, say);
	return {failed: new Promise(() => {}), close: () => worker.close()};
}

/** Works in processes of their own, and starts another one for each that dies. */
export async function workInProcesses(options: CrewOptions, say: Say): Promise<Crew> {
	const crew = new Processes(options, say);
	await crew.start();
	return crew;
}

class Processes implements Crew {
	readonly failed: Promise<never>;
	#fail: (error: unknown) => void = () => {};
	readonly #options: CrewOptions;
	readonly #say: Say;
	readonly #children = new Set<ChildProcess>();
	#isClosing = false;

	constructor(options: CrewOptions, say: Say) {
		this.#options = options;
		this.#say = say;
		this.failed = new Promise((_, reject) => (this.#fail = reject));
		this.failed.catch(() => {});
	}

	async start(): Promise<void> {
		const {processes} = this.#options;
		await Promise.all(Array.from({length: processes}, (_, index) => this.#startOne(index + 1)));
	}

	/** Resolves once it is at work or has ended. */
	async #startOne(number: number): Promise<void> {
		const child = fork(workerFile, [JSON.stringify(this.#options)], {
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
			execArgv: [...process.execArgv],
		});
		this.#children.add(child);
		let isReady = false;
		const ready = new Promise<void>((resolve) => {
			child.on('message', (message: FromWorker) => {
				if ('complaint' in message) return this.#say(`process ${number}: ${message.complaint}`);
				isReady = true;
				this.#say(`process ${number} is at work (pid ${child.pid})`);
				resolve();
			});
			child.once('exit', () => resolve());
		});
		child.once('exit', (code, signal) => {
			this.#children.delete(child);
			if (!this.#isClosing) this.#replace(number, signal ?? `exit code ${String(code)}`, isReady);
		});
		await ready;
	}

	#replace(number: number, end: string, wasReady: boolean): void {
		const text = `process ${number} ended (${end})`;
		// Another one would fail in the same way.
		if (!wasReady) return this.#fail(new CrawlError(`${text} before it could work`));
		const seconds = this.#options.leaseMs / 1000;
		this.#say(`${text}: another takes its place, and its hosts continue within ${seconds * 1.5} s`);
		void this.#startOne(number);
	}

	async close(): Promise<void> {
		this.#isClosing = true;
		await Promise.all(
			[...this.#children].map(async (child) => {
				const ended = once(child, 'exit');
				// A worker closes when this channel does.
				if (child.connected) child.disconnect();
				await ended;
			}),
		);
	}
}

// Where this is built, both are JavaScript.
const extension = path.extname(import.meta.filename);
const workerFile = path.join(import.meta.dirname, `worker-process${extension}`);
