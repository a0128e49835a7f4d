import * as Effect from 'effect/Effect';
import * as Latch from 'effect/Latch';
import {CPromise} from 'c-promise2';
import {PausableController, type PausableSignal} from 'pausable-signal';
import type {Contest, Contestant} from '../contest.ts';
import {looped} from '../samples.ts';

const turns = 2_000;

const awaitUndefined = looped('`await undefined`', turns, async (n) => {
	// oxlint-disable-next-line typescript/await-thenable -- the least that a turn of a loop can cost
	for (let i = 0; i < n; i++) await undefined;
});

function openLatch(): Contestant {
	const latch = Latch.makeUnsafe(true);
	return looped('Effect: `yield* latch.await`', turns, (n) =>
		Effect.runPromise(
			Effect.gen(function* () {
				for (let i = 0; i < n; i++) yield* latch.await;
			}),
		),
	);
}

// There a coroutine can be paused wherever it yields, and nowhere else.
const coroutine = looped('c-promise2: `yield` in a coroutine', turns / 10, (n) =>
	CPromise.run(function* () {
		for (let i = 0; i < n; i++) yield undefined;
	}),
);

function openSignal(levels: number): PausableSignal {
	let {signal} = new PausableController();
	for (let level = 1; level < levels; level++) ({signal} = new PausableController({signal}));
	return signal;
}

export function checkpointAlone(): Contest {
	const signal = openSignal(1);
	return {
		what: 'open `checkpoint()`',
		unit: 'ns',
		ours: looped('checkpoint', turns, async (n) => {
			for (let i = 0; i < n; i++) await signal.checkpoint();
		}),
		peers: [awaitUndefined, openLatch(), coroutine],
	};
}

export function checkpointDeep(): Contest {
	const signal = openSignal(3);
	return {
		what: 'open `checkpoint()`, 3 levels deep',
		unit: 'ns',
		ours: looped('checkpoint', turns, async (n) => {
			for (let i = 0; i < n; i++) await signal.checkpoint();
		}),
		peers: [{...awaitUndefined, ratioLimit: 1.3}],
	};
}

export function waitAlone(): Contest {
	const signal = openSignal(1);
	return {
		what: 'open `gate.wait()`',
		unit: 'ns',
		ours: looped('wait', turns, async (n) => {
			for (let i = 0; i < n; i++) if (!(await signal.gate.wait())) return;
		}),
		peers: [awaitUndefined],
	};
}

export function waitDeep(): Contest {
	const signal = openSignal(3);
	return {
		what: 'open `gate.wait()`, 3 levels deep',
		unit: 'ns',
		ours: looped('wait', turns, async (n) => {
			for (let i = 0; i < n; i++) if (!(await signal.gate.wait())) return;
		}),
		peers: [{...awaitUndefined, ratioLimit: 1.3}],
	};
}

// The loops ask a different signal at each turn: the answer of a single one could be kept in a
// register, and the loop would do nothing.
const mask = 7;

/** Without `await`: what a tight loop asks at each turn. */
export function look(): Contest {
	const parent = openSignal(2);
	const ours = Array.from({length: mask + 1}, () => new PausableController({signal: parent}).signal);
	const theirs = Array.from({length: mask + 1}, () => new AbortController().signal);
	const latches = Array.from({length: mask + 1}, () => Latch.makeUnsafe(true));
	return {
		what: 'a look at `signal.paused` and `aborted`, 3 levels deep',
		unit: 'ns',
		ours: looped('look', turns, (n) => {
			for (let i = 0; i < n; i++) {
				const signal = ours[i & mask]!;
				if (signal.paused || signal.aborted) throw new Error('never');
			}
		}),
		limit: 10,
		peers: [
			{...awaitUndefined, ratioLimit: 0.5},
			looped('AbortSignal: `aborted`', turns, (n) => {
				for (let i = 0; i < n; i++) if (theirs[i & mask]!.aborted) throw new Error('never');
			}),
			looped('Effect: `latch.isOpen()`', turns, (n) => {
				for (let i = 0; i < n; i++) if (!latches[i & mask]!.isOpen()) throw new Error('never');
			}),
		],
	};
}
