// The platform's parts. This looks them up and imports none, so that the same files load in browsers.
import {builtin} from '../core/index.ts';

/** A port of a `MessageChannel`; Node's, Deno's and Bun's can let the process end. */
export interface Port extends MessagePort {
	ref?(): void;
	unref?(): void;
}

/** The part of a worker that is the same in Node and in browsers. */
export interface WorkerLike {
	/** Platforms differ in what they transfer: the type of `transfer` is one that all of them take. */
	postMessage(message: unknown, transfer: never[]): void;
	postMessage(message: unknown): void;
	terminate(): unknown;
}

/** Node's `Worker`, which Deno and Bun also have. */
export interface NodeWorker extends WorkerLike {
	on(event: 'error' | 'messageerror', listener: (error: unknown) => void): unknown;
	on(event: 'exit', listener: (code: number) => void): unknown;
	ref(): void;
	unref(): void;
}

interface ParentPort {
	on(event: 'message', listener: (message: unknown) => void): unknown;
	off(event: 'message', listener: (message: unknown) => void): unknown;
}

/** The part of `node:worker_threads` that this uses. */
interface WorkerThreads {
	readonly isMainThread: boolean;
	readonly parentPort: ParentPort | null;
	readonly Worker: new (file: URL, options?: object) => NodeWorker;
	receiveMessageOnPort(port: MessagePort): {readonly message: unknown} | undefined;
}

interface Globals {
	readonly WorkerGlobalScope?: abstract new () => unknown;
}

const {WorkerGlobalScope} = globalThis as Globals;

export const workerThreads: WorkerThreads | undefined = builtin('node:worker_threads') as
	| WorkerThreads
	| undefined;

const isWebWorker = WorkerGlobalScope !== undefined && globalThis instanceof WorkerGlobalScope;

/** Whether this thread may block: it is not a main thread. */
export const isWorkerThread: boolean = isWebWorker || workerThreads?.isMainThread === false;

/** The number of threads that the machine runs at once. */
export function countProcessors(): number {
	const os = builtin('node:os') as {availableParallelism?(): number} | undefined;
	return os?.availableParallelism?.() ?? globalThis.navigator?.hardwareConcurrency ?? 4;
}

/** Calls back with each message from the thread that made this worker, until you call the returned function. */
export function listenToParent(listener: (message: unknown) => void): () => void {
	const parentPort = workerThreads?.parentPort;
	if (parentPort) {
		parentPort.on('message', listener);
		return () => parentPort.off('message', listener);
	}
	const onMessage = (event: Event): void => listener((event as MessageEvent).data);
	globalThis.addEventListener('message', onMessage);
	return () => globalThis.removeEventListener('message', onMessage);
}

/** Starts a port and calls back with each of its messages, until you call the returned function. */
export function listenTo(port: Port, listener: (message: object) => void): () => void {
	const onMessage = ({data}: MessageEvent<object>): void => listener(data);
	port.addEventListener('message', onMessage);
	port.start();
	return () => port.removeEventListener('message', onMessage);
}

/**
 * Calls back with uncaught errors of this worker. Only in a browser: elsewhere the platform tells the
 * parent, and ends the worker.
 */
export function listenForCrashes(listener: (error: unknown) => void): void {
	if (workerThreads !== undefined) return;
	globalThis.addEventListener('unhandledrejection', (event) => {
		event.preventDefault();
		listener(event.reason);
	});
	globalThis.addEventListener('error', (event) => {
		event.preventDefault();
		listener(event.error);
	});
}

/** Takes the messages that are in the port now, synchronously, if the platform can do that. */
export function* takeMessages(port: MessagePort): Generator<unknown, void> {
	if (workerThreads === undefined) return;
	const {receiveMessageOnPort} = workerThreads;
	for (let taken = receiveMessageOnPort(port); taken !== undefined; taken = receiveMessageOnPort(port))
		yield taken.message;
}
