/**
 * One attempt at a job: from the moment it comes up to its end, or its way back to the queue.
 *
 * Invariants:
 *
 * 1. The body moves only while the attempt has a place and nothing holds it. Its `#barrier` is held from
 *    the moment at which it gave its place away until it has one again.
 * 2. An attempt is known by its token: the same job may be here twice.
 */
import {DelayedError, type Job, UnrecoverableError, WaitingError} from 'bullmq';
import {PausableController, type PausableSignal, type PauseHold, reasonOf, Timer} from '../core/index.ts';
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
}

export class Attempt<D, R, N extends string> implements Place {
	readonly job: Job<D, R, N>;
	readonly token: string;
	readonly scope: RemoteScope;
	readonly #context: AttemptContext;
	readonly #barrier = new PausableController();
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

	/** Runs the body under control. Resolves and rejects as a processor of BullMQ should. */
	async run(body: (signal: PausableSignal) => Promise<R>, native: AbortSignal | undefined): Promise<R> {
		const {follower, places} = this.#context;
		this.#wait = this.#barrier.hold('waiting for a place');
		places.enter(this);
		const {signal} = this.#barrier;
		const task = follower.start<R>((context) => body(context.signal), {
			...this.scope,
			signal: native === undefined ? signal : [signal, native],
		});
		this.#task = task;
		task.addEventListener('statechange', () => this.look());
		this.look();
		try {
			this.#hasBody = true;
			const value = await task.result.finally(() => (this.#hasBody = false));
			if (!this.#isAborted(native)) return value;
			if (reasonOf(this.#barrier.signal) instanceof HandBackError) return value;
			throw this.#failure();
		} catch (error) {
			return await this.#end(error, native);
		} finally {
			this.#holdTimer?.cancel();
			places.leave(this);
		}
	}

	/** Whether it was aborted by one of ours, and not by BullMQ's own signal. */
	#isAborted(native: AbortSignal | undefined): boolean {
		const {signal} = this.#task!;
		return signal.aborted && native?.aborted !== true;
	}

	async #end(error: unknown, native: AbortSignal | undefined): Promise<never> {
		if (error instanceof UnrecoverableError || !this.#isAborted(native)) throw error;
		const reason = reasonOf(this.#barrier.signal);
		if (reason instanceof LockLostError) throw reason;
		if (!(reason instanceof HandBackError)) throw this.#failure();
		throw await this.putBack();
	}

	#failure(): Error {
		const reason = reasonOf(this.#task!.signal);
		return reason instanceof LockLostError ? reason : new UnrecoverableError(textOf(reason));
	}

	/** Brings the job back to the queue, with no attempt counted. Gives what tells BullMQ so. */
	async putBack(): Promise<Error> {
		const {follower, room} = this.#context;
		if (follower.held(this.scope) === undefined) {
			await this.job.moveToWait(this.token);
			return new WaitingError();
		}
		await room.add(this.job.id!, this.token);
		return new DelayedError();
	}

	/** Looks whether it stands still, and gives its place away or asks for it. */
	look(): void {
		const {follower, places, releases, holdMs} = this.#context;
		if (this.#task === undefined || this.#task.signal.aborted) return;
		const isHeld = follower.held(this.scope) !== undefined;
		this.#timeHold(isHeld, holdMs);
		if (!releases) return;
		if (!isHeld) return places.comeBack(this);
		places.stayAway(this);
		if (this.#task.state !== 'paused' || !places.has(this)) return;
		this.#wait = this.#barrier.hold('waiting for a place');
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

	/** Has a place. */
	go(): void {
		this.#wait?.release();
		this.#wait = undefined;
		// What is held meanwhile does not move, and needs no place.
		this.look();
	}

	/** Whether its body has begun and has not ended. */
	get hasBody(): boolean {
		return this.#hasBody;
	}

	get isParked(): boolean {
		return this.#task?.state === 'paused';
	}

	/** Aborts the body so that its job goes back to the queue. */
	handBack(): void {
		this.#barrier.abort(new HandBackError(this.job.id!));
	}

	/** Aborts the body of a job that another worker may run. */
	loseLock(): void {
		this.#barrier.abort(new LockLostError(this.job.id!));
	}
}

/** A reason as the text that BullMQ keeps. */
export function textOf(reason: unknown): string {
	if (typeof reason === 'string') return reason;
	const message = (reason as {message?: unknown} | null)?.message;
	return typeof message === 'string' ? message : (JSON.stringify(reason) ?? String(reason));
}
