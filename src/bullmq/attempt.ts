/**
 * One attempt at a job: from the moment it comes up until it ends or returns to the queue.
 *
 * Invariants:
 *
 * 1. The body moves only while the attempt has a place and nothing holds it. After it gives its place
 *    away, its task is held until it has one again.
 * 2. Its token identifies an attempt: the same job may be here twice.
 */
import {DelayedError, type Job, UnrecoverableError, WaitingError} from 'bullmq';
import {type PausableSignal, type PauseHold, reasonOf, Timer} from '../core/index.ts';
import type {RemoteFollower, RemoteScope} from '../remote/index.ts';
import type {Task} from '../task/index.ts';
import {HandBackError, LockLostError} from './errors.ts';
import type {Place, Places} from './places.ts';
import type {WaitingRoom} from './waiting-room.ts';

export interface AttemptContext {
	readonly follower: RemoteFollower;
	readonly places: Places;
	readonly room: WaitingRoom;
	readonly releases: boolean;
	readonly holdMs: number;
	/** Throws if an abort concerns this job. */
	failIfAborted(of: {readonly scope: RemoteScope; readonly job: {readonly timestamp: number}}): void;
}

export class Attempt<D, R, N extends string> implements Place {
	readonly job: Job<D, R, N>;
	readonly token: string;
	readonly scope: RemoteScope;
	readonly #context: AttemptContext;
	#wait: PauseHold | undefined;
	#task: Task<R> | undefined;
	#holdTimer: Timer | undefined;
	#hasBody = false;

	constructor(job: Job<D, R, N>, token: string, scope: RemoteScope, context: AttemptContext) {
		this.job = job;
		this.token = token;
		this.scope = scope;
		this.#context = context;
	}

	/** Runs the body under control. Resolves and rejects as BullMQ expects of a processor. */
	async run(body: (signal: PausableSignal) => Promise<R>, native: AbortSignal | undefined): Promise<R> {
		const {places} = this.#context;
		places.enter(this);
		try {
			const task = this.#start(body, native);
			const value = await task.result.finally(() => (this.#hasBody = false));
			if (!this.#isAborted(native) || reasonOf(task.signal) instanceof HandBackError) return value;
			throw this.#failure();
		} catch (error) {
			return await this.#end(error, native);
		} finally {
			this.#holdTimer?.cancel();
			places.leave(this);
		}
	}

	#start(body: (signal: PausableSignal) => Promise<R>, native: AbortSignal | undefined): Task<R> {
		const {follower, places} = this.#context;
		const hasPlace = places.has(this);
		const whenPlaced = async (signal: PausableSignal): Promise<R> => {
			// Nothing can hold the task before it exists.
			await Promise.resolve();
			await signal.checkpoint();
			return body(signal);
		};
		const fn = hasPlace ? body : whenPlaced;
		this.#hasBody = true;
		const isOver = native?.aborted === true;
		const task = follower.start<R>(
			({signal}) => fn(signal),
			isOver ? {...this.scope, signal: native} : this.scope,
		);
		this.#task = task;
		if (!hasPlace) this.#standBy(task);
		// A listener is cheaper than a child signal, and most jobs are never cancelled.
		if (!isOver) native?.addEventListener('abort', () => this.#abort(reasonOf(native)), {once: true});
		task.addEventListener('statechange', () => this.look());
		this.look();
		return task;
	}

	/** Stands still until it has a place. */
	#standBy(task: Task<R>): void {
		this.#wait = task.hold('waiting for a place');
	}

	#abort(reason: unknown): void {
		this.#task?.stop(reason).catch(() => {});
	}

	/** Whether we aborted it, and not BullMQ's own signal. */
	#isAborted(native: AbortSignal | undefined): boolean {
		return this.#task!.signal.aborted && native?.aborted !== true;
	}

	async #end(error: unknown, native: AbortSignal | undefined): Promise<never> {
		if (error instanceof UnrecoverableError || this.#task === undefined || !this.#isAborted(native))
			throw error;
		if (!(reasonOf(this.#task.signal) instanceof HandBackError)) throw this.#failure();
		// An abort may have come while the body was ending.
		this.#context.failIfAborted(this);
		throw await this.putBack();
	}

	#failure(): Error {
		const reason = reasonOf(this.#task!.signal);
		// Its end changes nothing: BullMQ on Postgres would fail a job that no other worker has taken yet.
		if (reason instanceof LockLostError) return new WaitingError(reason.message);
		return new UnrecoverableError(textOf(reason));
	}

	/** Returns the job to the queue, without counting an attempt. Resolves with the error that tells BullMQ so. */
	async putBack(): Promise<Error> {
		const {follower, room} = this.#context;
		if (follower.held(this.scope) === undefined) {
			await this.job.moveToWait(this.token);
			return new WaitingError();
		}
		await room.add(this.job.id!, this.token);
		return new DelayedError();
	}

	/** Checks whether it stands still, and gives its place away or asks for it. */
	look(): void {
		const {follower, places, releases, holdMs} = this.#context;
		if (this.#task === undefined || this.#task.signal.aborted) return;
		const isHeld = follower.held(this.scope) !== undefined;
		this.#timeHold(isHeld, holdMs);
		if (!releases) return;
		if (!isHeld) return places.comeBack(this);
		places.stayAway(this);
		if (this.#task.state !== 'paused' || !places.has(this)) return;
		this.#standBy(this.#task);
		places.giveUp(this);
	}

	#timeHold(isHeld: boolean, holdMs: number): void {
		if (isHeld) {
			this.#holdTimer ??= new Timer(() => this.handBack(), holdMs, false);
			return;
		}
		this.#holdTimer?.cancel();
		this.#holdTimer = undefined;
	}

	/** Called when it gets a place. */
	go(): void {
		this.#wait?.release();
		this.#wait = undefined;
		// If something holds it by now, it does not move and needs no place.
		this.look();
	}

	/** Whether its body has begun and has not ended. */
	get hasBody(): boolean {
		return this.#hasBody;
	}

	get isParked(): boolean {
		return this.#task?.state === 'paused';
	}

	/** Aborts the body so that its job returns to the queue. */
	handBack(): void {
		this.#abort(new HandBackError(this.job.id!));
	}

	/** Aborts the body of a job that another worker may run. */
	loseLock(): void {
		this.#abort(new LockLostError(this.job.id!));
	}
}

/** The text of a reason, which BullMQ keeps. */
export function textOf(reason: unknown): string {
	if (typeof reason === 'string') return reason;
	const message = (reason as {message?: unknown} | null)?.message;
	return typeof message === 'string' ? message : (JSON.stringify(reason) ?? String(reason));
}
