import {delay as theirDelay} from 'abort-controller-x';
import {delay, PausableController} from 'pausable-signal';
import type {Contest} from '../contest.ts';
import {looped} from '../samples.ts';

const crowd = 500;

const minute = 60_000;
// Without a reason, nearly all of the time goes into the platform's DOMException and its stack.
const reason = new Error('enough');
const ignore = (): void => {};

export function delayOne(): Contest {
	return {
		what: '`delay`: started and aborted',
		unit: 'ns',
		ours: looped('delay', crowd, async (n) => {
			for (let i = 0; i < n; i++) {
				const controller = new PausableController();
				const waiting = delay(controller.signal, minute).catch(ignore);
				controller.abort(reason);
				await waiting;
			}
		}),
		peers: [
			{
				...looped('abort-controller-x: `delay`', crowd, async (n) => {
					for (let i = 0; i < n; i++) {
						const controller = new AbortController();
						const waiting = theirDelay(controller.signal, minute).catch(ignore);
						controller.abort(reason);
						await waiting;
					}
				}),
				ratioLimit: 1.2,
			},
		],
	};
}

export function delayMany(): Contest {
	return {
		what: '`delay`: 500 on one signal, aborted together',
		unit: 'ns',
		ours: looped('delay', crowd, async (n) => {
			const controller = new PausableController();
			const waiting = Array.from({length: n}, () => delay(controller.signal, minute).catch(ignore));
			controller.abort(reason);
			await Promise.all(waiting);
		}),
		peers: [
			looped('abort-controller-x: `delay`', crowd, async (n) => {
				const controller = new AbortController();
				const waiting = Array.from({length: n}, () => theirDelay(controller.signal, minute).catch(ignore));
				controller.abort(reason);
				await Promise.all(waiting);
			}),
		],
	};
}
