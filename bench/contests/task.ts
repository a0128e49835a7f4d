import {CPromise} from 'c-promise2';
import PQueue from 'p-queue';
import {PausableController, Task} from 'pausable-signal';
import type {Contest, Contestant} from '../contest.ts';
import {batched} from '../samples.ts';

const turns = 100;

async function work(): Promise<number> {
	return 1;
}

// oxlint-disable-next-line eslint/require-yield -- the least that its coroutines can be
function* coroutine(): Generator<unknown, number> {
	return 1;
}

function others(): Contestant[] {
	const queue = new PQueue();
	return [
		batched('a bare async call', turns, async (n) => {
			for (let i = 0; i < n; i++) await work();
		}),
		batched('c-promise2: `CPromise.run`', turns, async (n) => {
			for (let i = 0; i < n; i++) await CPromise.run(coroutine);
		}),
		batched('p-queue: `queue.add`', turns, async (n) => {
			for (let i = 0; i < n; i++) await queue.add(work);
		}),
	];
}

export function task(): Contest {
	return {
		what: 'a Task: started and finished',
		unit: 'ns',
		ours: batched('task', turns, async (n) => {
			for (let i = 0; i < n; i++) await Task.start(work).result;
		}),
		peers: others(),
	};
}

export function taskBelow(): Contest {
	const {signal} = new PausableController();
	return {
		what: 'a Task under a signal',
		unit: 'ns',
		ours: batched('task', turns, async (n) => {
			for (let i = 0; i < n; i++) await Task.start(work, {signal}).result;
		}),
		peers: others().slice(0, 1),
	};
}
