import {follow, isPaused} from '../core/index.ts';

// As they were at the start: fake timers must neither see this one nor run it.
const {setInterval, clearInterval} = globalThis;

let holders = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/**
 * Keeps the process alive until the returned function is called.
 *
 * A promise alone does not: without this, Node would exit with code 0 in the middle of a pause, and
 * no cleanup would run. Where there is no process to end, it costs one idle timer for all.
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
 * Keeps the process alive whenever the signal is paused, until the returned function is called: for work
 * that waits for the end of the pause and holds nothing else that the process would wait for.
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
