/**
 * One worker with the channel to it.
 *
 * Invariants:
 *
 * 1. `exited` is called once, and nothing after it. What the thread posted before its end is
 *    delivered before: on Node 26 the exit overtakes the last message.
 * 2. After the exit no handle is left: the port is closed, and no timer runs.
 */
import {Timer, wrongType} from '../core/index.ts';
import type {Channel, ChannelEnd} from './channel.ts';
import {
	canLoadModules,
	handleNodeWorker,
	isNodeWorker,
	startEntry,
	type ThreadWorkerOptions,
} from './host-node.ts';
import {handleWebWorker, isWebWorker} from './host-web.ts';
import {decode} from './wire.ts';
import type {CrashMessage, EndMessage, StartMessage} from './messages.ts';
import {listenTo, takeMessages, type WorkerLike} from './platform.ts';

/** What a thread runs: a module whose default is its function, or a function that makes the worker. */
export type ThreadSource = URL | (() => WorkerLike);

/** A worker as the host needs it, on every platform. */
export interface WorkerHandle {
	readonly worker: WorkerLike;
	listen(on: {failed(error: unknown): void; exited(code: number): void}): void;
	keepAlive(isKept: boolean): void;
	terminate(): void;
	/** Whether it ends when nothing is left to do in it, and tells so. */
	readonly endsItself: boolean;
}

/** Whoever uses the host now. */
export interface HostUser {
	answered(message: object): void;
	failed(error: unknown): void;
	exited(code: number): void;
	/** It was terminated and does not end: native code that cannot be interrupted. */
	stuck(): void;
}

/** How long handles that a module left open keep a thread whose function has ended. */
const endsWithin = 200;
/** How long the platform may take to end a worker that is terminated. */
const diesWithin = 5000;

export function expectSource(source: unknown): ThreadSource {
	if (typeof source === 'function') return source as () => WorkerLike;
	if (!(source instanceof URL || Object.prototype.toString.call(source) === '[object URL]'))
		throw wrongType('source', 'the URL of a module, or a function that makes a Worker', source);
	if (!canLoadModules())
		throw new TypeError(
			'source: expected a function that makes a Worker: browsers load no module by its URL',
		);
	return source as URL;
}

function startWorker(
	source: ThreadSource,
	options: ThreadWorkerOptions | undefined,
	name: string | undefined,
): WorkerHandle {
	const worker: unknown = typeof source === 'function' ? source() : startEntry(options, name);
	if (!isWebWorker(worker) && !isNodeWorker(worker as WorkerLike))
		throw wrongType('source', 'a function that makes a Worker', worker);
	return isNodeWorker(worker as WorkerLike)
		? handleNodeWorker(worker as Parameters<typeof handleNodeWorker>[0])
		: handleWebWorker(worker as Parameters<typeof handleWebWorker>[0]);
}

export interface HostOptions {
	readonly source: ThreadSource;
	readonly worker: ThreadWorkerOptions | undefined;
	readonly name: string | undefined;
}

export class Host {
	readonly channel: Channel;
	user: HostUser;
	isAlive = true;
	/** Whether it can serve another run. */
	isUsable = true;
	/** Called once, after the exit was told. */
	onGone: () => void = () => {};
	readonly #handle: WorkerHandle;
	readonly #stopListening: () => void;
	#isKept = true;
	#isTerminated = false;
	#timer: Timer | undefined;

	constructor(
		{source, worker, name}: HostOptions,
		{channel, end}: {channel: Channel; end: ChannelEnd},
		user: HostUser,
	) {
		this.channel = channel;
		this.user = user;
		this.#handle = startWorker(source, worker, name);
		this.#handle.listen({
			failed: (error) => this.#failed(error),
			exited: (code) => this.#exited(code),
		});
		this.#stopListening = listenTo(channel.port, (message) => this.#take(message));
		// Where nothing else tells of the end of a worker, such as by `self.close()`, some platforms tell this.
		if (!this.#handle.endsItself) channel.port.addEventListener('close', () => this.#exited(0));
		// The worker keeps the process alive, and not the port.
		channel.port.unref?.();
		const module = typeof source === 'function' ? undefined : source.href;
		const start: StartMessage = {pausableThread: 1, module, ...end};
		this.#handle.worker.postMessage(start, [end.port as never]);
	}

	get worker(): WorkerLike {
		return this.#handle.worker;
	}

	keepAlive(isKept: boolean): void {
		if (isKept === this.#isKept) return;
		this.#isKept = isKept;
		this.#handle.keepAlive(isKept);
	}

	#take(message: object): void {
		if ('crashed' in message) this.#failed(decode((message as CrashMessage).crashed));
		else this.user.answered(message);
	}

	#failed(error: unknown): void {
		if (!this.isAlive) return;
		this.isUsable = false;
		this.user.failed(error);
		if (!this.#handle.endsItself) this.terminate();
	}

	#exited(code: number): void {
		if (!this.isAlive) return;
		this.isAlive = this.isUsable = false;
		this.#timer?.cancel();
		const {port} = this.channel;
		for (const message of takeMessages(port)) this.user.answered(message as object);
		this.#stopListening();
		port.close();
		this.user.exited(code);
		this.onGone();
	}

	/** No run follows: lets the thread end, and ends it where something in it stays open. */
	end(): void {
		if (!this.isAlive || this.#isTerminated) return;
		this.isUsable = false;
		const message: EndMessage = {end: true};
		this.channel.port.postMessage(message);
		if (this.#handle.endsItself) this.#timer ??= new Timer(() => this.#handle.terminate(), endsWithin);
		else this.#handle.terminate();
	}

	/** Ends the thread, whatever it does. */
	terminate(): void {
		if (!this.isAlive || this.#isTerminated) return;
		this.#isTerminated = true;
		this.isUsable = false;
		this.#timer?.cancel();
		this.#timer = new Timer(() => this.#giveUp(), diesWithin);
		this.#handle.terminate();
	}

	#giveUp(): void {
		this.keepAlive(false);
		this.user.stuck();
	}
}
