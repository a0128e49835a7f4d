import {CPromise} from 'c-promise2';
import {PausableController} from 'pausable-signal';
import type {Contest, Contestant} from '../contest.ts';
import {nsSince} from '../samples.ts';

/** Costs for each of `count` waiters, from the abort until all have been told. */
function aborted(name: string, count: number, start: (arrive: () => void) => () => void): Contestant {
	return {
		name,
		async sample() {
			let left = count;
			let abort = (): void => {};
			const gone = new Promise<void>((resolve) => {
				abort = start(() => {
					if (--left === 0) resolve();
				});
			});
			await new Promise(setImmediate);
			const from = performance.now();
			abort();
			await gone;
			return nsSince(from) / count;
		},
	};
}

// Without a reason, much of the time goes into the platform's DOMExceptions.
const reason = new Error('enough');
const many = 100_000;
const few = 5_000;

// Adding as many as ours would take the platform minutes: each is compared with all before it.
const listeners = aborted(`AbortSignal: ${few.toLocaleString('en')} promises by listeners`, few, (arrive) => {
	const controller = new AbortController();
	for (let i = 0; i < few; i++)
		void new Promise((resolve) => controller.signal.addEventListener('abort', resolve)).then(arrive);
	return () => controller.abort(reason);
});

export function abortWaiters(): Contest {
	return {
		what: `abort with ${many.toLocaleString('en')} waiters, each`,
		unit: 'ns',
		isHeavy: true,
		ours: aborted('abort', many, (arrive) => {
			const controller = new PausableController();
			controller.pause();
			for (let i = 0; i < many; i++) void controller.signal.gate.wait().then(arrive);
			return () => controller.abort(reason);
		}),
		peers: [listeners],
	};
}

export function abortChildren(): Contest {
	return {
		what: `abort with ${many.toLocaleString('en')} waiting children, each`,
		unit: 'ns',
		isHeavy: true,
		ours: aborted('abort', many, (arrive) => {
			const parent = new PausableController();
			parent.pause();
			for (let i = 0; i < many; i++) void new PausableController(parent).signal.gate.wait().then(arrive);
			return () => parent.abort(reason);
		}),
		peers: [
			aborted(`AbortController: as many, each with one`, many, (arrive) => {
				const controllers = Array.from({length: many}, () => new AbortController());
				for (const {signal} of controllers)
					void new Promise((resolve) => signal.addEventListener('abort', resolve)).then(arrive);
				return () => {
					for (const controller of controllers) controller.abort(reason);
				};
			}),
			aborted(`c-promise2: cancelling ${few.toLocaleString('en')} in \`all()\``, few, (arrive) => {
				const all = CPromise.all(
					Array.from({length: few}, () => {
						const promise = new CPromise(() => {});
						promise.catch(arrive);
						return promise;
					}),
				);
				all.catch(() => {});
				return () => all.cancel();
			}),
		],
	};
}
