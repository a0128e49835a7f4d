// A worker of `node:worker_threads`: Node's, Deno's and Bun's.
import {type NodeWorker, type WorkerLike, workerThreads} from './platform.ts';
import type {WorkerHandle} from './host.ts';

/** Options of Node's `Worker`, passed on unchanged; Deno and Bun know some of them. */
export interface ThreadWorkerOptions {
	readonly argv?: readonly unknown[] | undefined;
	readonly env?: Readonly<Record<string, string | undefined>> | symbol | undefined;
	readonly execArgv?: readonly string[] | undefined;
	readonly resourceLimits?: ThreadResourceLimits | undefined;
	readonly stdin?: boolean | undefined;
	readonly stdout?: boolean | undefined;
	readonly stderr?: boolean | undefined;
	readonly trackUnmanagedFds?: boolean | undefined;
}

/** Limits of a worker's memory, in MiB. Beyond them it ends with `ERR_WORKER_OUT_OF_MEMORY`. */
export interface ThreadResourceLimits {
	readonly maxOldGenerationSizeMb?: number | undefined;
	readonly maxYoungGenerationSizeMb?: number | undefined;
	readonly codeRangeSizeMb?: number | undefined;
	readonly stackSizeMb?: number | undefined;
}

// In the same form as this file: TypeScript if TypeScript is running.
const entry = new URL(import.meta.url.endsWith('.ts') ? './entry.ts' : './entry.js', import.meta.url);

export function canLoadModules(): boolean {
	return workerThreads !== undefined;
}

/** Starts a worker that loads a module through our entry. */
export function startEntry(options: ThreadWorkerOptions | undefined, name: string | undefined): WorkerLike {
	const {Worker} = workerThreads!;
	return new Worker(entry, {...options, ...(name === undefined ? {} : {name})});
}

export function isNodeWorker(worker: WorkerLike): worker is NodeWorker {
	return typeof (worker as Partial<NodeWorker>).on === 'function';
}

export function handleNodeWorker(worker: NodeWorker): WorkerHandle {
	return {
		worker,
		listen({failed, exited}) {
			worker.on('error', failed);
			worker.on('messageerror', failed);
			worker.on('exit', exited);
		},
		keepAlive(isKept) {
			if (isKept) worker.ref();
			else worker.unref();
		},
		terminate: () => void worker.terminate(),
		endsItself: true,
	};
}
