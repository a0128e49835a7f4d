import {
	expectBoolean,
	expectMilliseconds,
	expectOptions,
	expectSignal,
	follow,
	isPaused,
	type NotASignal,
	noteCheckpoint,
	noteRest,
	reasonOf,
	Timer,
	wrongType,
} from '../core/index.ts';
import {type Child, type ChildProcessLike, expectChild, expectSignalName, hasEnded, self} from './child.ts';
import {ProcessExitError} from './process-exit-error.ts';
import {groupOf, standsStill, tellsStates} from './standstill.ts';

/** Options of {@link followProcess}. */
export interface FollowProcessOptions extends NotASignal {
	/** Milliseconds from the abort until SIGKILL. Default: 5,000. */
	readonly grace?: number | undefined;
	/** Whether signals go to the process group, of a child that was spawned `detached`. Default: `false`. */
	readonly group?: boolean | undefined;
	/** Whether a pause stops the child. Default: `true`. */
	readonly pause?: boolean | undefined;
	/** The signal that ends the child on abort. Default: `SIGTERM`. */
	readonly terminate?: string | undefined;
}

/** How a child process ended. */
export interface ProcessEnd {
	/** Null when a signal ended it. */
	readonly exitCode: number | null;
	/** Null when it exited. */
	readonly signalCode: string | null;
	/** Whether it did not end within its grace, so that SIGKILL ended it. */
	readonly killed: boolean;
}

interface Settle {
	resolve(end: ProcessEnd): void;
	reject(reason: unknown): void;
}

interface Settings {
	readonly grace: number;
	readonly group: boolean;
	readonly pause: boolean;
	readonly terminate: string;
}

/**
 * Puts a child process under a signal: a pause stops it, a resume continues it, an abort terminates it.
 *
 * Use it for a program that you start and that knows nothing of such signals: an encoder, a compiler, a
 * backup. You spawn it, with Node's `spawn`, execa or zx, and pass it in. Only in Node, Deno and Bun.
 *
 * On pause it sends SIGSTOP, on resume SIGCONT. A `Task` or a queue around it counts as parked when the
 * child stands still: on Linux when the system says so, elsewhere once the signal has been sent. It
 * stops only the child itself, and not the processes that the child has started, unless you spawned it
 * `detached` and `group` is true. On abort it sends `terminate`, and SIGKILL after `grace` milliseconds.
 *
 * Resolves with a {@link ProcessEnd} when the child has exited with code 0. Rejects with a
 * {@link ProcessExitError} if it ended otherwise on its own; after an abort with the signal's reason,
 * but only once the child has ended; with the child's `error` if it could not start; with a `TypeError`
 * or `RangeError` on a bad argument; and, before it touches the child, with an `Error` with the code
 * `ERR_NO_SUSPEND` where no process can be stopped (Windows): there, `pause: false` follows only the
 * abort. Afterwards nothing is left on the signal or on the child.
 *
 * @example
 * ```ts
 * import {spawn} from 'node:child_process';
 * import {Task} from 'pausable-signal';
 * import {followProcess} from 'pausable-signal/process';
 *
 * const task = Task.start(({signal}) => followProcess(signal, spawn('sleep', ['60'])));
 * await task.pause('on battery'); // => true
 * task.resume();
 * await task.stop();
 * task.state; // => 'stopped'
 * ```
 */
export async function followProcess(
	signal: AbortSignal,
	child: ChildProcessLike,
	options?: FollowProcessOptions,
): Promise<ProcessEnd> {
	expectSignal('signal', signal);
	const process = expectChild(child);
	const settings = expectSettings(options, process);
	return new Promise((resolve, reject) => {
		new FollowedProcess(signal, process, settings, {resolve, reject}).start();
	});
}

function expectSettings(options: FollowProcessOptions | undefined, child: Child): Settings {
	expectOptions('options', options, '{grace, group, pause}');
	const {grace = 5_000, group = false, pause = true, terminate = 'SIGTERM'} = options ?? {};
	expectMilliseconds('grace', grace);
	expectBoolean('group', group);
	expectBoolean('pause', pause);
	expectSignalName('terminate', terminate);
	if (pause && self?.platform === 'win32') throw noSuspend();
	const {pid} = child;
	const isAlone = pid !== undefined && tellsStates && !hasEnded(child) && groupOf(pid) !== pid;
	if (group && isAlone) throw wrongType('group', 'false for a child that was not spawned detached', group);
	return {grace, group, pause, terminate};
}

function noSuspend(): Error {
	const message =
		'pause: expected false where processes cannot be stopped, as on Windows, got true (boolean)';
	return Object.assign(new Error(message), {code: 'ERR_NO_SUSPEND'});
}

/** The waits before each next check whether the child stands still, in milliseconds: mostly it does at once. */
const looks = [0, 1, 2, 5, 10, 20, 50];

/**
 * One child under a signal, from the call to the end of the child.
 *
 * Invariants:
 *
 * 1. It never leaves a child stopped: it continues the child on resume, on abort, and when this process
 *    exits.
 * 2. The work counts as at rest only after the child was seen to stand still, and only during the pause.
 * 3. After the end nothing is left on the signal, the child or this process.
 */
class FollowedProcess {
	readonly #signal: AbortSignal;
	readonly #child: Child;
	readonly #settings: Settings;
	readonly #settle: Settle;
	#unfollow: (() => void) | undefined;
	#isStopped = false;
	#isAborted = false;
	#isKilled = false;
	#isSending = false;
	#moveOn: (() => void) | undefined;
	/** Until the next look for the standstill or, once aborted, until the end of the grace. */
	#timer: Timer | undefined;

	constructor(signal: AbortSignal, child: Child, settings: Settings, settle: Settle) {
		this.#signal = signal;
		this.#child = child;
		this.#settings = settings;
		this.#settle = settle;
	}

	start(): void {
		if (hasEnded(this.#child)) return this.#end();
		this.#child.on('exit', this.#onExit);
		this.#child.on('error', this.#onError);
		// Some wrappers start their child later, and have no pid until then.
		if (this.#child.pid === undefined) this.#child.on('spawn', this.#onSpawn);
		else this.#follow();
	}

	readonly #onSpawn = (): void => {
		this.#child.off('spawn', this.#onSpawn);
		this.#follow();
	};

	readonly #onExit = (): void => this.#end();

	// A started child emits this, too, when a signal could not be sent.
	readonly #onError = (error: unknown): void => {
		if (this.#child.pid !== undefined && !this.#isSending) return;
		this.#leave();
		this.#settle.reject(error);
	};

	#follow(): void {
		const signal = this.#signal;
		if (signal.aborted) return this.#abort();
		noteCheckpoint(signal);
		const look = (): void => this.#look();
		this.#unfollow = follow(signal, {pause: look, resume: look, abort: () => this.#abort()});
		return look();
	}

	#look(): void {
		if (!this.#settings.pause) return;
		if (!isPaused(this.#signal)) this.#continue();
		else if (!this.#isStopped) this.#stop();
	}

	#stop(): void {
		this.#isStopped = true;
		self?.on('exit', this.#onOwnExit);
		this.#send('SIGSTOP');
		this.#lookForRest(0);
	}

	#continue(): void {
		if (!this.#isStopped) return;
		this.#forgetStop();
		this.#send('SIGCONT');
	}

	// Otherwise the child would stay stopped forever.
	readonly #onOwnExit = (): void => this.#send('SIGCONT');

	#lookForRest(turn: number): void {
		if (this.#isAborted || !this.#isStopped || this.#child.pid === undefined) return;
		if (standsStill(this.#child.pid, this.#settings.group)) {
			this.#moveOn = noteRest(this.#signal);
			return;
		}
		const ms = looks[Math.min(turn, looks.length - 1)] ?? 0;
		this.#timer = new Timer(() => this.#lookForRest(turn + 1), ms, false);
	}

	#forgetStop(): void {
		this.#isStopped = false;
		this.#timer?.cancel();
		this.#moveOn?.();
		this.#moveOn = undefined;
		self?.off('exit', this.#onOwnExit);
	}

	#abort(): void {
		this.#isAborted = true;
		this.#forgetStop();
		this.#send(this.#settings.terminate);
		// After that signal, so that the first thing a continued child does is to end. Sent in any case,
		// because somebody else may have stopped it.
		if (self?.platform !== 'win32') this.#send('SIGCONT');
		const {grace} = this.#settings;
		this.#timer = new Timer(() => this.#kill(), grace, false);
	}

	#kill(): void {
		this.#isKilled = true;
		this.#send('SIGKILL');
	}

	#send(name: string): void {
		this.#isSending = true;
		try {
			const {pid} = this.#child;
			if (this.#settings.group && pid !== undefined) self?.kill(-pid, name);
			else this.#child.kill(name);
		} catch (error) {
			// There is no such process: it has just ended, and its `exit` will follow.
			if ((error as {code?: unknown}).code !== 'ESRCH') this.#onError(error);
		} finally {
			this.#isSending = false;
		}
	}

	#end(): void {
		this.#leave();
		const {exitCode, signalCode, spawnargs} = this.#child;
		if (this.#isAborted) this.#settle.reject(reasonOf(this.#signal));
		else if (exitCode === 0) this.#settle.resolve({exitCode, signalCode, killed: this.#isKilled});
		else this.#settle.reject(new ProcessExitError(spawnargs?.join(' '), exitCode, signalCode));
	}

	#leave(): void {
		this.#unfollow?.();
		this.#forgetStop();
		this.#timer?.cancel();
		this.#child.off('exit', this.#onExit);
		this.#child.off('error', this.#onError);
		this.#child.off('spawn', this.#onSpawn);
	}
}
