/**
 * One worker with the channel to it.
 *
 * Invariants:
 *
 * 1. The host calls `exited` once, and nothing after it. First it delivers all that the thread posted
 *    before its end: on Node 26 the exit overtakes the last message.
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

/** The source of a thread: a module whose default is its function, or a function that makes the worker. */
export type ThreadSource = URL | (() => WorkerLike);

/** The same view of a worker on every platform. */
export interface WorkerHandle {
	readonly worker: WorkerLike;
	listen(on: {failed(error: unknown): void; exited(code: number): void}): void;
	keepAlive(isKept: boolean): void;
	terminate(): void;
	/** Whether it ends when it has nothing left to do, and reports that. */
	readonly endsItself: boolean;
}

/** The present user of the host. */
export interface HostUser {
	answered(message: object): void;
	failed(error: unknown): void;
	exited(code: number): void;
	/** The worker was terminated and does not end: it runs native code that nobody can interrupt. */
	stuck(): void;
}

/** How long open handles of a module keep a thread alive after its function has ended. */
const endsWithin = 200;
/** How long the platform may take to end a terminated worker. */
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
	/** Called once, after `exited`. */
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
		// Where no other event reports the end of a worker, such as by `self.close()`, on some platforms this does.
		if (!this.#handle.endsItself) channel.port.addEventListener('close', () => this.#exited(0));
		// The worker keeps the process alive; the port must not.
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

	/** Lets the thread end, as no run follows, and terminates it if something in it stays open. */
	end(): void {
		if (!this.isAlive || this.#isTerminated) return;
		this.isUsable = false;
		const message: EndMessage = {end: true};
		this.channel.port.postMessage(message);
		if (this.#handle.endsItself) this.#timer ??= new Timer(() => this.#handle.terminate(), endsWithin);
		else this.#handle.terminate();
	}

	/** Ends the thread, whatever it is doing. */
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
