// Rule 7: what nobody can notice is collected; what listens or waits is kept, though everything else was dropped.
import {describe, expect, test} from '@jest/globals';
import {getEventListeners} from 'node:events';
import {PausableController, PausableSignal} from 'pausable-signal';
import {follow} from '../../src/core/index.ts';
import {nodeOf} from '../../src/core/foreign.ts';
import {collectGarbage, countCollected, flush, watched} from './support.ts';

const kinds = [
	['pausable', () => new PausableController()],
	['plain', () => new AbortController()],
] as const;

// A handful may survive in a register or on the stack.
const [made, atLeast] = [200, 190];

describe.each(kinds)('of a long-lived %s signal', (_kind, create) => {
	const dropped: readonly (readonly [string, (signal: AbortSignal) => object])[] = [
		['children', (signal) => new PausableController({signal})],
		['grandchildren', (signal) => new PausableController({signal: new PausableController({signal}).signal})],
		[
			'children of several',
			(signal) => new PausableController({signal: [signal, new AbortController().signal]}),
		],
		['composites', (signal) => PausableSignal.any([signal, new AbortController().signal])],
		['pausable ones of it, from()', (signal) => withOwnChild(PausableSignal.from(signal))],
		[
			'children that waited',
			(signal) => {
				const child = new PausableController({signal});
				child.pause();
				void child.signal.gate.wait();
				child.resume();
				return child;
			},
		],
		[
			'children that were listened to',
			(signal) => {
				const child = new PausableController({signal});
				const listener = (): void => {};
				for (const type of ['pause', 'resume', 'abort']) child.signal.addEventListener(type, listener);
				for (const type of ['pause', 'resume', 'abort']) child.signal.removeEventListener(type, listener);
				return child;
			},
		],
		[
			'children whose handlers were set and taken away',
			(signal) => {
				const child = new PausableController({signal});
				child.signal.onpause = (): void => {};
				// oxlint-disable-next-line unicorn/prefer-add-event-listener -- the attribute is what is tested
				child.signal.onpause = null;
				return child;
			},
		],
		[
			'children whose once listeners were called',
			(signal) => {
				const child = new PausableController({signal});
				child.signal.addEventListener('pause', () => {}, {once: true});
				child.pause();
				child.resume();
				return child;
			},
		],
		[
			'children that were aborted while somebody listened',
			(signal) => {
				const child = new PausableController({signal});
				child.signal.addEventListener('abort', () => {});
				child.abort();
				return child;
			},
		],
		[
			'children that are paused',
			(signal) => {
				const child = new PausableController({signal});
				child.pause();
				return child;
			},
		],
		[
			'controllers with a listener that it could remove',
			(signal) => {
				const controller = new PausableController();
				controller.signal.addEventListener('pause', () => {}, {signal});
				return controller;
			},
		],
		[
			'aborted controllers with a listener that it could remove',
			(signal) => {
				const controller = new PausableController();
				controller.signal.addEventListener('abort', () => {}, {signal});
				controller.abort();
				return controller;
			},
		],
	];

	// from() of a pausable signal is that signal, which lives on.
	function withOwnChild(signal: PausableSignal): object {
		return new PausableController({signal});
	}

	// All kinds at once: a collection takes long.
	// node.ts, invariant 3
	test('dropped ones are collected', async () => {
		const counts = dropped.map(() => 0);
		const registry = new FinalizationRegistry<number>((kind) => counts[kind]!++);
		const signals = dropped.map(() => create().signal);
		const makeAll = (): void => {
			dropped.forEach(([, make], kind) => {
				for (let i = 0; i < made; i++) registry.register(make(signals[kind]!), kind);
			});
		};
		makeAll();
		const left = (): string[] => dropped.flatMap(([name], kind) => (counts[kind]! > atLeast ? [] : [name]));
		const listening = (): AbortSignal[] =>
			signals.filter((signal) => getEventListeners(signal, 'abort').length > 0);
		// A listener of ours on a plain signal goes at the next collection.
		await collectGarbage(() => left().length + listening().length === 0);
		expect(left()).toEqual([]);
		expect(listening()).toEqual([]);
	});

	/** What is heard at the abort, of something whose maker kept nothing. */
	async function heardOf(
		make: (signal: AbortSignal, hear: (what: unknown) => void) => void,
	): Promise<unknown[]> {
		const controller = create();
		const heard: unknown[] = [];
		// Its own function, so that no register keeps what it made.
		const makeAndDrop = (): void => make(controller.signal, (what) => heard.push(what));
		makeAndDrop();
		await collectGarbage();
		controller.abort('enough');
		await flush();
		return heard;
	}

	test('a child that listens for the abort is kept', async () => {
		const heard = await heardOf((signal, hear) =>
			new PausableController({signal}).signal.addEventListener('abort', () => hear('abort')),
		);
		expect(heard).toEqual(['abort']);
	});

	test('a child with an onabort is kept', async () => {
		const heard = await heardOf((signal, hear) => {
			const child = new PausableController({signal}).signal;
			child.onabort = function (): void {
				hear(this.reason);
			};
		});
		expect(heard).toEqual(['enough']);
	});

	test('a grandchild that listens is kept, with what is between', async () => {
		const heard = await heardOf((signal, hear) => {
			const child = new PausableController({signal});
			const grandchild = new PausableController({signal: child.signal});
			grandchild.signal.addEventListener('abort', () => hear('abort'));
		});
		expect(heard).toEqual(['abort']);
	});

	test('a composite that listens is kept', async () => {
		const heard = await heardOf((signal, hear) =>
			PausableSignal.any([signal, new AbortController().signal]).addEventListener('abort', () =>
				hear('abort'),
			),
		);
		expect(heard).toEqual(['abort']);
	});

	// node.ts, invariant 3
	test('a child that waits is kept', async () => {
		const heard = await heardOf((signal, hear) => {
			const child = new PausableController({signal});
			child.pause();
			void child.signal.gate.wait().then(hear);
			child.signal.checkpoint().catch(hear);
		});
		expect(heard).toEqual([false, 'enough']);
	});

	test('a child that a follower follows is kept', async () => {
		const heard = await heardOf((signal, hear) => {
			follow(new PausableController({signal}).signal, {abort: hear});
		});
		expect(heard).toEqual(['enough']);
	});

	test('a child whose once listener was not called yet is kept', async () => {
		const heard = await heardOf((signal, hear) =>
			new PausableController({signal}).signal.addEventListener('abort', () => hear('abort'), {once: true}),
		);
		expect(heard).toEqual(['abort']);
	});

	test('a child that only a Request refers to hears of the abort', async () => {
		let request: Request | undefined;
		const heard = await heardOf((signal, hear) => {
			request = new Request('http://127.0.0.1/', {signal: new PausableController({signal}).signal});
			request.signal.addEventListener('abort', () => hear('abort'));
		});
		expect([heard, request?.signal.reason]).toEqual([['abort'], 'enough']);
	});

	test('a child that only the {signal} of a listener elsewhere refers to removes that listener', async () => {
		const target = new EventTarget();
		let heard = 0;
		await heardOf((signal) =>
			target.addEventListener('news', () => heard++, {signal: new PausableController({signal}).signal}),
		);
		target.dispatchEvent(new Event('news'));
		expect(heard).toBe(0);
	});

	test('a child that AbortSignal.any() refers to, and whose controller lives, hears of the abort', async () => {
		const controller = create();
		const child = new PausableController({signal: controller.signal});
		const composite = AbortSignal.any([child.signal]);
		let heard = 0;
		composite.addEventListener('abort', () => heard++);
		await collectGarbage();
		controller.abort('enough');
		expect([heard, composite.reason, child.signal.reason]).toEqual([1, 'enough', 'enough']);
	});

	// Not so AbortSignal.any(): Node keeps its sources weakly and tells them nothing, so a child that
	// it alone refers to is collected. docs/design.md says so.
	test('a child that PausableSignal.any() alone refers to hears of the abort', async () => {
		let composite: PausableSignal | undefined;
		const heard = await heardOf((signal, hear) => {
			composite = PausableSignal.any([new PausableController({signal}).signal]);
			composite.addEventListener('abort', () => hear('abort'));
		});
		expect([heard, composite?.reason]).toEqual([['abort'], 'enough']);
	});

	test('a composite that PausableSignal.any() made, and that nobody listens to, is still aborted', async () => {
		let composite: PausableSignal | undefined;
		await heardOf((signal) => {
			composite = PausableSignal.any([new PausableController({signal}).signal]);
		});
		expect(composite?.reason).toBe('enough');
	});
});

test('a controller that was dropped is collected, though its signal lives', async () => {
	const signals: PausableSignal[] = [];
	const collected = await countCollected(made, () => {
		const controller = new PausableController();
		signals.push(controller.signal);
		return controller;
	});
	expect(collected).toBeGreaterThan(atLeast);
	expect(signals).toHaveLength(made);
});

describe('pauses reach what was dropped', () => {
	test('a child that listens for them is kept', async () => {
		const parent = new PausableController();
		const log: string[] = [];
		const make = (): void => {
			const {signal} = new PausableController({signal: parent.signal});
			for (const type of ['pause', 'resume']) signal.addEventListener(type, () => log.push(type));
		};
		make();
		await collectGarbage();
		parent.pause();
		parent.resume();
		expect(log).toEqual(['pause', 'resume']);
	});

	test('one that follows its pauses alone is kept while it listens', async () => {
		const parent = new PausableController();
		const log: string[] = [];
		const make = (): void => {
			const {signal} = new PausableController({signal: parent.signal});
			PausableSignal.any([], {pause: signal}).addEventListener('pause', () => log.push('pause'));
		};
		make();
		await collectGarbage();
		parent.pause();
		expect(log).toEqual(['pause']);
	});

	test('a waiter on one that follows its pauses alone goes on', async () => {
		const parent = new PausableController();
		parent.pause();
		const make = (): Promise<boolean> => {
			const {signal} = new PausableController({signal: parent.signal});
			return PausableSignal.any([], {pause: signal}).gate.wait();
		};
		const wait = watched(make());
		await collectGarbage();
		parent.resume();
		await flush();
		expect(wait.value).toBe(true);
	});

	test('and those that nobody can notice any more are collected', async () => {
		const parent = new PausableController();
		const collected = await countCollected(made, () => PausableSignal.any([], {pause: parent.signal}));
		expect(collected).toBeGreaterThan(atLeast);
	});

	test('also those that listen to pauses which cannot come: of an aborted signal', async () => {
		const parent = new PausableController();
		parent.abort();
		const collected = await countCollected(made, () => {
			const signal = PausableSignal.any([], {pause: parent.signal});
			signal.addEventListener('pause', () => {});
			return signal;
		});
		expect(collected).toBeGreaterThan(atLeast);
		expect(parent.signal.aborted).toBe(true);
	});
});

describe('entries for children', () => {
	function entriesOf(signal: AbortSignal): number {
		return nodeOf(signal).children?.size ?? 0;
	}

	test.each(kinds)('are as many as there are live children at most: %s', async (_kind, create) => {
		const {signal} = create();
		const live = Array.from({length: 100}, () => new PausableController({signal}));
		for (let turn = 0; turn < 3; turn++) {
			for (let i = 0; i < 500; i++) new PausableController({signal});
			await collectGarbage();
		}
		// What was dropped since the last sweep may still be there: a share of what is alive.
		for (let i = 0; i < 500; i++) new PausableController({signal});
		expect(entriesOf(signal)).toBeLessThan(3 * (live.length + 500));
	});

	test('go with an abort of the child, at once', () => {
		const parent = new PausableController();
		for (let i = 0; i < 100; i++) new PausableController({signal: parent.signal}).abort();
		expect(entriesOf(parent.signal)).toBe(0);
	});
});
