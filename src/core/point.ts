import type {Follower, Point} from './node.ts';
import {observe} from './observer.ts';
import {type Outsider, outsiderOf} from './outside.ts';
import {type CopySignal, isCopySignal} from './protocol.ts';
import {Stamp} from './stamp.ts';

/** A signal that is not ours. Nobody counts the work on it, and it is never paused. */
class OutsidePoint implements Point {
	readonly outsider: Outsider;

	constructor(outsider: Outsider) {
		this.outsider = outsider;
	}

	get isPaused(): boolean {
		return false;
	}

	noteCheckpoint(): void {
		this.outsider.look();
		observe();
	}

	beginRest(): void {}

	endRest(): void {}

	follow(follower: Follower): () => void {
		return this.outsider.follow(follower);
	}
}

/**
 * A signal of another copy of the package.
 *
 * It reads the state from the signal whenever somebody asks, so the state is never out of date. While
 * anybody follows, it listens to the events, which only say when to look.
 */
class CopyPoint extends OutsidePoint {
	readonly #copy: CopySignal;
	readonly #followers = new Set<{readonly follower: Follower}>();
	#announced = false;

	constructor(outsider: Outsider, copy: CopySignal) {
		super(outsider);
		this.#copy = copy;
	}

	override get isPaused(): boolean {
		return this.#copy.paused;
	}

	override follow(follower: Follower): () => void {
		// A new function for each call, because the same follower may be added twice.
		const entry = {follower};
		if (this.#followers.size === 0) this.#announced = this.isPaused;
		this.#followers.add(entry);
		this.#listen();
		const leave = (): void => {
			this.#followers.delete(entry);
			this.#listen();
		};
		const unfollow = this.outsider.follow({
			abort(reason) {
				leave();
				follower.abort?.(reason);
			},
		});
		if (this.#copy.aborted) leave();
		return () => {
			leave();
			unfollow();
		};
	}

	#listen(): void {
		const verb = this.#followers.size > 0 ? 'addEventListener' : 'removeEventListener';
		for (const type of ['pause', 'resume']) this.#copy[verb](type, this.#onChange);
	}

	readonly #onChange = (): void => {
		const {isPaused} = this;
		const verb = isPaused === this.#announced ? undefined : isPaused ? 'pause' : 'resume';
		this.#announced = isPaused;
		const at = performance.now();
		for (const {follower} of this.#followers) {
			if (verb !== undefined) follower[verb]?.(at);
			follower.holds?.();
		}
	};
}

const points = new WeakMap<AbortSignal, OutsidePoint>();

/** The point of a signal that is not ours. */
export function outsidePointOf(signal: AbortSignal): OutsidePoint {
	let point = points.get(signal);
	if (point === undefined) {
		const outsider = outsiderOf(signal);
		point = isCopySignal(signal) ? new CopyPoint(outsider, signal) : new OutsidePoint(outsider);
		points.set(signal, point);
	}
	return point;
}

export function pointOf(signal: AbortSignal): Point {
	return Stamp.nodeOf(signal) ?? outsidePointOf(signal);
}

/** Follows a signal from inside the library: see `Point.follow`. */
export function follow(signal: AbortSignal, follower: Follower): () => void {
	return pointOf(signal).follow(follower);
}

/** Whether any signal is paused; one that is not ours never is. */
export function isPaused(signal: AbortSignal): boolean {
	return pointOf(signal).isPaused;
}

/** Notes that work passed a place at which a pause stops it. Checkpoints call it, too. */
export function noteCheckpoint(signal: AbortSignal): void {
	pointOf(signal).noteCheckpoint();
}

/** Notes that work stands still at such a place, until the returned function is called. */
export function noteRest(signal: AbortSignal): () => void {
	const point = pointOf(signal);
	let isResting = true;
	point.beginRest();
	return () => {
		if (isResting) point.endRest();
		isResting = false;
	};
}

/** Notes work that stands still whenever the signal is paused, until the returned function is called. */
export function restWhilePaused(signal: AbortSignal): () => void {
	let moveOn: (() => void) | undefined;
	const look = (): void => {
		if (isPaused(signal)) moveOn ??= noteRest(signal);
		else end();
	};
	const end = (): void => {
		moveOn?.();
		moveOn = undefined;
	};
	const unfollow = follow(signal, {pause: look, resume: look, abort: end});
	look();
	return () => {
		unfollow();
		end();
	};
}

/** Whether a signal can be paused: it is ours, or another copy's. */
export function isPausable(signal: AbortSignal): boolean {
	return Stamp.nodeOf(signal) !== undefined || isCopySignal(signal);
}
