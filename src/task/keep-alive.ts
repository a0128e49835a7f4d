import {follow, isPaused} from '../core/index.ts';

// The originals: fake timers must neither see this timer nor run it.
const {setInterval, clearInterval} = globalThis;

let holders = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/**
 * Keeps the process alive until the returned function is called.
 *
 * A promise does not: without this, Node would exit with code 0 in the middle of a pause, and no
 * cleanup would run. All callers share one idle timer.
 */
export function keepAlive(): () => void {
	let isHeld = true;
	holders++;
	timer ??= setInterval(() => {}, 2 ** 31 - 1);
	return () => {
		if (!isHeld) return;
		isHeld = false;
		if (--holders > 0) return;
		clearInterval(timer);
		timer = undefined;
	};
}

/**
 * Keeps the process alive whenever the signal is paused, until the returned function is called. For work
 * that waits for the resume and has nothing else, such as a timer or a socket, that keeps Node running.
 */
export function keepAliveWhilePaused(signal: AbortSignal): () => void {
	let letGo: (() => void) | undefined;
	const look = (): void => {
		if (isPaused(signal)) letGo ??= keepAlive();
		else end();
	};
	const end = (): void => {
		letGo?.();
		letGo = undefined;
	};
	const unfollow = follow(signal, {pause: look, resume: look, abort: end});
	look();
	return () => {
		unfollow();
		end();
	};
}
