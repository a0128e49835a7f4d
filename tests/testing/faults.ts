/**
 * Small programs with one fault each, and their mended twins. `shownBy` is what a sweep must tell of the
 * first interruption that shows the fault; the line it is met at ends in the comment `// met here`.
 */
import assert from 'node:assert/strict';
import {delay, isAbortOf, type PausableSignal, retry} from 'pausable-signal';
import {type FaultKind, type SweepContext, SweepError} from 'pausable-signal/testing';

type Program = (context: SweepContext) => Promise<unknown>;

export interface Planted {
	readonly broken: Program;
	readonly mended: Program;
	readonly kind: FaultKind;
	/** What shows it first; undefined when it shows without an interruption. */
	readonly shownBy: RegExp | undefined;
}

/** What a sweep that finds something rejects with. */
export const errorOf = async (promise: Promise<unknown>): Promise<SweepError> => {
	const error: unknown = await promise.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	assert.ok(error instanceof SweepError, String(error));
	return error;
};

/** Some work of each kind, without a fault: promise jobs, clocks, chance. */
export const work = async ({signal}: SweepContext): Promise<string> => {
	const log: string[] = [];
	let isSecond = false;
	await retry(
		signal,
		async () => {
			if (isSecond) return;
			isSecond = true;
			throw new Error('busy');
		},
		{baseMs: 1_000},
	);
	for (let turn = 0; turn < 3; turn++) {
		await delay(signal, 1_000 * Math.random());
		log.push(`${Date.now()}`);
	}
	return log.join();
};

const words = ['one', 'two', 'three'];

function expectAll(context: SweepContext, seen: readonly string[]): void {
	context.check(({aborted}) => {
		const wanted = aborted ? words.slice(0, seen.length) : words;
		if (seen.join() !== wanted.join()) throw new Error(`it saw ${seen.join() || 'nothing'}`);
	});
}

/** The next pause's end, for those that wait for the event. */
function resumed(signal: PausableSignal): Promise<unknown> {
	return new Promise((resolve) => signal.addEventListener('resume', resolve, {once: true}));
}

/** Milliseconds that no signal ends. */
function sleep(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A pool of slots as many programs have one. */
class Slots {
	free = 2;
	take(): void {
		this.free--;
	}
	giveBack(): void {
		this.free++;
	}
}

export const faults: Readonly<Record<string, Planted>> = {
	'a swallowed abort': {
		kind: 'works on after the abort',
		shownBy: /^abort@\d+$/,
		async broken({signal}) {
			for (let turn = 0; turn < 60; turn++) await delay(signal, 10).catch(() => {}); // met here
		},
		async mended({signal}) {
			for (let turn = 0; turn < 60; turn++) {
				await delay(signal, 10).catch((error: unknown) => {
					if (isAbortOf(signal, error)) throw error;
				});
			}
		},
	},
	'a forgotten listener': {
		kind: 'leaves something on the signal',
		shownBy: undefined,
		async broken({signal}) {
			signal.addEventListener('pause', () => {});
			await delay(signal, 10);
		},
		async mended({signal}) {
			const listener = (): void => {};
			signal.addEventListener('pause', listener);
			try {
				await delay(signal, 10);
			} finally {
				signal.removeEventListener('pause', listener);
			}
		},
	},
	'an item lost at a pause': {
		kind: 'fails a check',
		shownBy: /^pause-resume@\d+$/,
		async broken(context) {
			const {signal} = context;
			const seen: string[] = [];
			expectAll(context, seen);
			for (const word of words) {
				await delay(signal, 10); // met here
				if (signal.paused) await signal.checkpoint();
				else seen.push(word);
			}
		},
		async mended(context) {
			const {signal} = context;
			const seen: string[] = [];
			expectAll(context, seen);
			for (const word of words) {
				await delay(signal, 10);
				if (signal.paused) await signal.checkpoint();
				seen.push(word);
			}
		},
	},
	'a finally that hangs': {
		kind: 'never settles',
		shownBy: /^abort@\d+$/,
		async broken({signal}) {
			try {
				await delay(signal, 10); // met here
			} finally {
				if (signal.aborted) await new Promise(() => {});
			}
		},
		async mended({signal}) {
			try {
				await delay(signal, 10);
			} finally {
				if (signal.aborted) await sleep(10);
			}
		},
	},
	'a wrong reason': {
		kind: 'rejects with a wrong reason',
		shownBy: /^abort@\d+$/,
		async broken({signal}) {
			try {
				await delay(signal, 10); // met here
			} catch (cause) {
				throw new Error('the delay failed', {cause});
			}
		},
		async mended({signal}) {
			await delay(signal, 10).catch((cause: unknown) => {
				if (isAbortOf(signal, cause)) throw cause;
				throw new Error('the delay failed', {cause});
			});
		},
	},
	'a timer left': {
		kind: 'leaves a timer',
		shownBy: /^abort@\d+$/,
		async broken({signal}) {
			const timer = setTimeout(() => {}, 60_000);
			await delay(signal, 10); // met here
			clearTimeout(timer);
		},
		async mended({signal}) {
			const timer = setTimeout(() => {}, 60_000);
			try {
				await delay(signal, 10);
			} finally {
				clearTimeout(timer);
			}
		},
	},
	'a double resume': {
		kind: 'fails a check',
		shownBy: /^pause-resume@\d+$/,
		async broken(context) {
			const {signal} = context;
			const seen: string[] = [];
			expectAll(context, seen);
			const left = [...words];
			const pump = async (): Promise<void> => {
				for (let word = left[0]; word !== undefined; word = left[0]) {
					await delay(signal, 10); // met here
					seen.push(word);
					left.shift();
				}
			};
			let again = Promise.resolve();
			const restart = (): void => void (again = pump());
			signal.addEventListener('resume', restart);
			await pump().finally(() => signal.removeEventListener('resume', restart)); // met here
			await again;
		},
		async mended(context) {
			const {signal} = context;
			const seen: string[] = [];
			expectAll(context, seen);
			for (const word of words) {
				await delay(signal, 10);
				seen.push(word);
			}
		},
	},
	'a promise that never settles': {
		kind: 'never settles',
		shownBy: /^pause-abort@\d+$/,
		async broken({signal}) {
			for (const _word of words) {
				await sleep(10); // met here
				if (signal.paused) await resumed(signal);
				signal.throwIfAborted();
			}
		},
		async mended({signal}) {
			for (const _word of words) {
				await sleep(10);
				await signal.checkpoint();
			}
		},
	},
	'work after the abort': {
		kind: 'works on after the abort',
		shownBy: /^abort@\d+$/,
		async broken({signal}) {
			await signal.checkpoint(); // met here
			for (let turn = 0; turn < 60; turn++) await sleep(10);
		},
		async mended({signal}) {
			for (let turn = 0; turn < 60; turn++) {
				await signal.checkpoint();
				await sleep(10);
			}
		},
	},
	'an unhandled rejection': {
		kind: 'leaves a rejection unhandled',
		shownBy: /^abort@\d+$/,
		async broken({signal}) {
			const short = delay(signal, 10);
			const long = delay(signal, 20);
			await short; // met here
			await long;
		},
		async mended({signal}) {
			await Promise.all([delay(signal, 10), delay(signal, 20)]);
		},
	},
	'a lost wake-up': {
		kind: 'never settles',
		shownBy: /^pause-resume@\d+(\+\d+)?$/,
		async broken({signal}) {
			for (const _word of words) {
				await sleep(10); // met here
				if (!signal.paused) continue;
				await Promise.resolve();
				await Promise.resolve();
				await resumed(signal);
			}
		},
		async mended({signal}) {
			for (const _word of words) {
				await sleep(10);
				if (!signal.paused) continue;
				await Promise.resolve();
				await Promise.resolve();
				await signal.gate.wait();
			}
		},
	},
	'a slot kept': {
		kind: 'fails a check',
		shownBy: /^abort@\d+$/,
		async broken({signal, check}) {
			const slots = new Slots();
			check(() => {
				if (slots.free !== 2) throw new Error(`${slots.free} slots are free`);
			});
			slots.take();
			await delay(signal, 10); // met here
			slots.giveBack();
		},
		async mended({signal, check}) {
			const slots = new Slots();
			check(() => {
				if (slots.free !== 2) throw new Error(`${slots.free} slots are free`);
			});
			slots.take();
			try {
				await delay(signal, 10);
			} finally {
				slots.giveBack();
			}
		},
	},
};
