// The inside of a thread: runs a function under a signal that follows one outside, and answers.
import {expectFunction} from '../core/index.ts';
import {type Channel, isStateMessage, joinChannel} from './channel.ts';
import {
	type EndMessage,
	isStartMessage,
	type JobMessage,
	type RunMessage,
	type StartMessage,
} from './messages.ts';
import {isWorkerThread, listenForCrashes, listenTo, listenToParent} from './platform.ts';
import {Receiver} from './receiver.ts';
import type {ThreadSignal} from './thread-signal.ts';
import {encode, encodeResult} from './wire.ts';

/** The argument of a thread's function. */
export interface ThreadContext<D = unknown, P = unknown> {
	/** Check it at each turn: `signal.checkpointSync()`, or any wait that a task's function has. */
	readonly signal: ThreadSignal;
	/** A copy of the `data` option. */
	readonly data: D;
	/** The thread's name. */
	readonly name: string | undefined;
	/**
	 * Sets `thread.progress`, and fires `progress`. Moves the objects in `transfer`. Throws a
	 * `DataCloneError` if the progress cannot be cloned.
	 */
	readonly report: (progress: P, transfer?: readonly object[]) => void;
}

/** A function that a thread runs. */
export type ThreadFunction<D, T, P> = (context: ThreadContext<D, P>) => T | PromiseLike<T>;

type AnyFunction = ThreadFunction<never, unknown, never>;

/** The key of a `defineThread` function's `serve`, which belongs to its own copy of the library. */
export const serveKey: unique symbol = Symbol.for('pausable-signal.thread.serve') as never;
/** Set if our entry has started the worker, and passes on the start message itself. */
export const entryKey: unique symbol = Symbol.for('pausable-signal.thread.entry') as never;

class Server {
	readonly #channel: Channel;
	readonly #fn: AnyFunction;
	#data: unknown;
	#receiver: Receiver | undefined;

	constructor(start: StartMessage, fn: AnyFunction) {
		this.#channel = joinChannel(start);
		this.#fn = fn;
		const {port} = this.#channel;
		listenForCrashes((error) => port.postMessage({crashed: encode(error)}));
		listenTo(port, (message) => this.#take(message));
	}

	#take(message: object): void {
		if (isStateMessage(message)) this.#receiver?.take(message);
		else if ('run' in message) void this.#run(message as RunMessage);
		else if ('data' in message) this.#data = (message as JobMessage).data;
		else if ((message as EndMessage).end) this.#channel.port.close();
	}

	async #run({run, name, isLast, data = this.#data}: RunMessage): Promise<void> {
		const receiver = (this.#receiver = new Receiver(this.#channel, run, name));
		this.#data = undefined;
		await this.#answer(receiver.signal, data, name);
		receiver.end();
		if (isLast) this.#channel.port.close();
	}

	async #answer(signal: ThreadSignal, data: unknown, name: string | undefined): Promise<void> {
		const {port} = this.#channel;
		try {
			// A pause or an abort may have come while the module was loading; then do not call the function yet.
			while (signal.aborted || signal.paused) await signal.checkpoint();
			const report = (progress: unknown, transfer: readonly object[] = []): void =>
				port.postMessage({progress}, transfer as Transferable[]);
			const value: unknown = await this.#fn({signal, data, name, report} as never);
			postResult(port, value, name);
		} catch (error) {
			port.postMessage({threw: encode(error, signal)});
		}
	}
}

function postResult(port: MessagePort, value: unknown, name: string | undefined): void {
	const wire = encodeResult(value);
	try {
		port.postMessage({returned: wire});
	} catch (error) {
		const {message} = error as Error;
		throw new DOMException(
			`Thread '${name ?? 'unnamed'}': its result cannot be cloned: ${message}`,
			'DataCloneError',
		);
	}
}

/** Serves the host that sent this start with this function, until the host lets the thread end. */
export function serve(start: StartMessage, fn: AnyFunction): void {
	new Server(start, fn);
}

/**
 * Makes a function the one that a module's thread runs. Export the result as the module's default.
 *
 * Use it for types, and wherever your own `new Worker(…)` loads the module, as bundlers and browsers
 * need: it then waits for the start of the thread. Use it once in a module. On a main thread it does
 * nothing, so that a test can import the module and call its function.
 *
 * Throws a `TypeError` if `fn` is not a function.
 *
 * @example
 * ```ts
 * import {defineThread} from 'pausable-signal/thread';
 *
 * const sum = defineThread<number, number>(async ({signal, data: count, report}) => {
 * 	let total = 0;
 * 	for (let turn = 1; turn <= count; turn++) {
 * 		await signal.checkpoint();
 * 		report((total += turn));
 * 	}
 * 	return total;
 * });
 * typeof sum; // => 'function'
 * ```
 */
export function defineThread<D = unknown, T = unknown, P = unknown>(
	fn: ThreadFunction<D, T, P>,
): ThreadFunction<D, T, P> {
	expectFunction('fn', fn);
	const serveIt = (start: StartMessage): void => serve(start, fn as unknown as AnyFunction);
	Object.defineProperty(fn, serveKey, {value: serveIt, configurable: true});
	if (isWorkerThread && !(entryKey in globalThis)) serveFirstStart(serveIt);
	return fn;
}

function serveFirstStart(serveIt: (start: StartMessage) => void): void {
	const stop = listenToParent((message) => {
		if (!isStartMessage(message)) return;
		stop();
		serveIt(message);
	});
}
