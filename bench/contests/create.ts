import {PausableController} from 'pausable-signal';
import type {Contest} from '../contest.ts';
import {batched, sink} from '../samples.ts';

const turns = 100;
// Without a reason, nearly all of the time goes into the platform's DOMException and its stack.
const reason = new Error('over');
const ignore = (): void => {};

const bareController = batched('AbortController', turns, (n) => {
	for (let i = 0; i < n; i++) sink(new AbortController().signal);
});

export function controller(): Contest {
	return {
		what: 'a controller and its signal',
		unit: 'ns',
		ours: batched('controller', turns, (n) => {
			for (let i = 0; i < n; i++) sink(new PausableController().signal);
		}),
		peers: [bareController],
	};
}

/** The child is dropped: nobody aborts or disposes of it. */
export function child(): Contest {
	const {signal} = new PausableController();
	const parent = new AbortController().signal;
	return {
		what: 'a child controller and its signal',
		unit: 'ns',
		ours: batched('child', turns, (n) => {
			for (let i = 0; i < n; i++) sink(new PausableController({signal}).signal);
		}),
		peers: [
			bareController,
			{
				...batched('AbortSignal.any([parent]), listened to', turns, (n) => {
					for (let i = 0; i < n; i++) {
						const signal = AbortSignal.any([parent]);
						signal.addEventListener('abort', ignore);
						sink(signal);
					}
				}),
				ratioLimit: 1.1,
			},
			batched('AbortSignal.any: child', turns, (n) => {
				for (let i = 0; i < n; i++) sink(AbortSignal.any([parent, new AbortController().signal]));
			}),
		],
	};
}

/** The child is used as it should be: aborted when its work is over. */
export function childLife(): Contest {
	const {signal} = new PausableController();
	const parent = new AbortController().signal;
	return {
		what: 'a child controller, created and aborted',
		unit: 'ns',
		ours: batched('child', turns, (n) => {
			for (let i = 0; i < n; i++) {
				const child = new PausableController({signal});
				sink(child.signal);
				child.abort(reason);
			}
		}),
		peers: [
			batched('AbortController linked by hand', turns, (n) => {
				for (let i = 0; i < n; i++) {
					const child = new AbortController();
					const abort = (): void => child.abort(parent.reason);
					parent.addEventListener('abort', abort);
					sink(child.signal);
					parent.removeEventListener('abort', abort);
					child.abort(reason);
				}
			}),
		],
	};
}
