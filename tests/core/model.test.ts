/**
 * Random trees and random commands, against the model of model.ts.
 *
 * `MODEL_RUNS=20000 npm test -- tests/core/model.test.ts` runs more of them, `MODEL_SEED=…` those of
 * a failure that was reported.
 */
import {afterEach, beforeEach, expect, jest, test} from '@jest/globals';
import * as fc from 'fast-check';
import {PausableController, PausableSignal} from 'pausable-signal';
import {
	holdsOf,
	isPaused,
	Model,
	type ModelHold,
	type ModelNode,
	type ModelWait,
	sourcesOf,
} from './model.ts';
import {flush, type Watched, watched} from './support.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Numbers choose among what there is, so that every command means something in every tree. */
type Verb =
	| {readonly do: 'pause' | 'hold' | 'abort'; readonly at: number; readonly reason: unknown}
	| {readonly do: 'resume' | 'step' | 'dispose' | 'release'; readonly at: number}
	| {readonly do: 'wait'; readonly at: number; readonly how: 'gate' | 'checkpoint' | number};

type Command =
	| Verb
	| {readonly do: 'create'; readonly under: readonly number[]}
	| {readonly do: 'plain'}
	| {readonly do: 'any'; readonly under: readonly number[]; readonly pause: readonly number[] | undefined}
	/** Listens to all events; the first that comes performs the verb. */
	| {readonly do: 'listen'; readonly at: number; readonly verb: Verb | undefined}
	| {readonly do: 'unlisten'; readonly at: number};

/** Commands in one tick, or milliseconds that pass. */
type Turn = readonly Command[] | number;

/** A hold, in the model and for real. */
interface Held {
	readonly at: ModelNode;
	readonly hold: ModelHold | undefined;
	readonly release: () => boolean;
}

class World {
	readonly model = new Model();
	readonly faults: string[] = [];
	readonly #signals: AbortSignal[] = [];
	readonly #controllers = new Map<ModelNode, AbortController>();
	readonly #waits: {readonly wait: ModelWait; readonly seen: Watched<boolean | void>}[] = [];
	readonly #holds: Held[] = [];
	readonly #listeners = new Map<ModelNode, (event: Event) => void>();

	perform(command: Command): void {
		switch (command.do) {
			case 'create': {
				const parents = this.#pick(command.under, this.model.nodes);
				this.#create(parents);
				break;
			}
			case 'plain': {
				const controller = new AbortController();
				this.#controllers.set(this.#add('plain', [], [], controller.signal), controller);
				break;
			}
			case 'any':
				this.#any(this.#pick(command.under, this.model.nodes), command.pause);
				break;
			case 'listen':
				this.#listen(this.#one(command.at, this.#pausable), command.verb);
				break;
			case 'unlisten':
				this.#unlisten(this.#one(command.at, [...this.#listeners.keys()]));
				break;
			default:
				this.#verb(command);
		}
	}

	#create(parents: readonly ModelNode[]): void {
		const controller = new PausableController({signal: parents.map((node) => this.#signal(node))});
		const pausing = parents.filter(({kind}) => kind !== 'plain');
		this.#controllers.set(this.#add('controller', parents, pausing, controller.signal), controller);
	}

	#any(nodes: readonly ModelNode[], pause: readonly number[] | undefined): void {
		const signals = nodes.map((node) => this.#signal(node));
		// The first that is aborted counts, itself and not what it follows.
		const aborted = nodes.find((node) => node.aborted);
		const abortedWith = aborted === undefined ? sourcesOf(nodes, 'abortedWith') : [aborted];
		if (pause === undefined) {
			const pausing = sourcesOf(
				nodes.filter(({kind}) => kind !== 'plain'),
				'pausedWith',
			);
			this.#add('any', abortedWith, pausing, PausableSignal.any(signals));
		} else {
			const pausing = this.#pick(pause, this.#pausable);
			const given = pausing.map((node) => this.#signal(node) as PausableSignal);
			const signal = PausableSignal.any(signals, {pause: given.length === 1 ? given[0] : given});
			this.#add('any', abortedWith, pausing, signal);
		}
	}

	#add(
		kind: ModelNode['kind'],
		abortedWith: readonly ModelNode[],
		pausedWith: readonly ModelNode[],
		signal: AbortSignal,
	): ModelNode {
		this.#signals.push(signal);
		return this.model.add(kind, abortedWith, pausedWith);
	}

	#verb(verb: Verb): void {
		switch (verb.do) {
			case 'wait':
				this.#wait(this.#one(verb.at, this.#pausable), verb.how);
				break;
			case 'release':
				this.#release(this.#holds[verb.at % this.#holds.length]);
				break;
			case 'abort':
				this.#abort(this.#one(verb.at, [...this.#controllers.keys()]), verb.reason);
				break;
			default: {
				const nodes = this.model.nodes.filter(({kind}) => kind === 'controller');
				const node = this.#one(verb.at, nodes);
				if (node !== undefined)
					this.#pauseVerb(verb, node, this.#controllers.get(node) as PausableController);
			}
		}
	}

	// The model first: listeners run inside the real verb, and look at both.
	#pauseVerb(verb: Verb, node: ModelNode, controller: PausableController): void {
		const {model} = this;
		if (verb.do === 'pause') {
			const changes = !node.aborted && model.verbHold(node) === undefined;
			if (changes) model.hold(node, verb.reason, true);
			this.#same(`pause of ${node.id}`, controller.pause(verb.reason), changes);
		} else if (verb.do === 'resume') {
			const changes = model.release(node, model.verbHold(node));
			this.#same(`resume of ${node.id}`, controller.resume(), changes);
		} else if (verb.do === 'step') {
			const passes = model.step(node);
			this.#same(`step of ${node.id}`, controller.step(), passes);
		} else if (verb.do === 'hold') {
			const hold = model.hold(node, verb.reason, false);
			const real = controller.hold(verb.reason);
			this.#holds.push({at: node, hold, release: () => real.release()});
		} else if (verb.do === 'dispose') {
			this.#abort(node, undefined, () => controller[Symbol.dispose]());
		}
	}

	#release(held: Held | undefined): void {
		if (held === undefined) return;
		const changes = this.model.release(held.at, held.hold);
		this.#same(`release at ${held.at.id}`, held.release(), changes);
	}

	#abort(node: ModelNode | undefined, given: unknown, abort?: () => void): void {
		if (node === undefined) return;
		this.model.abort(node, given === undefined ? new PlatformReason() : given);
		if (abort === undefined) this.#controllers.get(node)?.abort(given);
		else abort();
	}

	#wait(node: ModelNode | undefined, how: 'gate' | 'checkpoint' | number): void {
		if (node === undefined) return;
		const {gate} = this.#signal(node) as PausableSignal;
		const wait = this.model.wait(node, typeof how === 'number' ? how : Infinity);
		if (typeof how === 'number') this.#waits.push({wait, seen: watched(gate.wait({timeout: how}))});
		else if (how === 'gate') this.#waits.push({wait, seen: watched(gate.wait())});
		else this.#waits.push({wait, seen: watched((this.#signal(node) as PausableSignal).checkpoint())});
		// Only one that has to wait runs out of time.
		if (how === 0 && wait.end === undefined) wait.end = 'timed out';
	}

	#listen(node: ModelNode | undefined, verb: Verb | undefined): void {
		if (node === undefined || this.#listeners.has(node)) return;
		let todo = verb;
		const listener = ({type}: Event): void => {
			const fault = this.model.hear(node, type);
			if (fault !== undefined) this.faults.push(`${type} of ${node.id}: ${fault}`);
			this.compare(`in the ${type} of ${node.id}`);
			const now = todo;
			todo = undefined;
			// It is told before the verb, whose own news come after: except for an abort, which is one round.
			if (type !== 'abort') this.model.heard(node, type);
			if (now !== undefined) this.#verb(now);
			if (type === 'abort') this.model.heard(node, type);
		};
		for (const type of ['pause', 'resume', 'abort']) this.#signal(node).addEventListener(type, listener);
		this.#listeners.set(node, listener);
		if (!node.aborted) this.model.listen(node);
	}

	#unlisten(node: ModelNode | undefined): void {
		const listener = node && this.#listeners.get(node);
		if (listener === undefined || node === undefined) return;
		for (const type of ['pause', 'resume', 'abort']) this.#signal(node).removeEventListener(type, listener);
		this.#listeners.delete(node);
		node.listens = false;
	}

	async settle(): Promise<void> {
		await flush();
		this.model.settle();
		this.compare('after a turn');
		for (const {at, type} of this.model.news) this.faults.push(`${type} of ${at.id} never came`);
		for (const [index, {wait, seen}] of this.#waits.entries())
			this.#same(`wait ${index} at ${wait.at.id}`, this.#endOf(seen), wait.end);
	}

	#endOf(seen: Watched<boolean | void>): string | undefined {
		if (seen.state === 'pending') return undefined;
		if (seen.state === 'rejected') return 'aborted';
		return seen.value === false ? 'false' : 'through';
	}

	advance(ms: number): void {
		this.model.advance(ms);
		jest.advanceTimersByTime(ms);
	}

	/** Ends everything: then nobody may wait any more, and no timer may be left. */
	abortAll(): void {
		for (const node of this.#controllers.keys()) this.#abort(node, 'the end');
	}

	compare(when: string): void {
		for (const node of this.model.nodes) {
			const signal = this.#signal(node);
			const what = `${when}: node ${node.id}`;
			this.#same(`${what}, aborted`, signal.aborted, node.aborted);
			if (node.aborted) this.#sameReason(what, signal.reason, node.reason);
			if (!(signal instanceof PausableSignal)) continue;
			const reasons = holdsOf(node).map(({reason}) => reason);
			this.#same(`${what}, paused`, signal.paused, isPaused(node));
			this.#same(`${what}, open`, signal.gate.isOpen, !node.aborted && !isPaused(node));
			this.#same(`${what}, pauseReason`, signal.pauseReason, reasons[0]);
			this.#same(`${what}, number of holds`, signal.holds.length, reasons.length);
			for (const [index, {reason}] of signal.holds.entries())
				this.#same(`${what}, hold ${index}`, reason, reasons[index]);
		}
	}

	#same(what: string, real: unknown, expected: unknown): void {
		const isSame = real === 'false' ? expected === 'aborted' || expected === 'timed out' : real === expected;
		if (!isSame) this.faults.push(`${what}: ${String(real)} instead of ${String(expected)}`);
	}

	#sameReason(what: string, real: unknown, expected: unknown): void {
		const isSame = expected instanceof PlatformReason ? expected.is(real) : real === expected;
		if (!isSame) this.faults.push(`${what}, reason: ${String(real)}`);
	}

	get #pausable(): ModelNode[] {
		return this.model.nodes.filter(({kind}) => kind !== 'plain');
	}

	#signal(node: ModelNode): AbortSignal {
		return this.#signals[node.id]!;
	}

	#one(choice: number, nodes: readonly ModelNode[]): ModelNode | undefined {
		return nodes[choice % nodes.length];
	}

	#pick(choices: readonly number[], nodes: readonly ModelNode[]): ModelNode[] {
		if (nodes.length === 0) return [];
		return [...new Set(choices.map((choice) => nodes[choice % nodes.length]!))];
	}
}

/** Stands for the AbortError that the platform makes: any, but one and the same everywhere. */
class PlatformReason {
	#seen: unknown;

	is(real: unknown): boolean {
		this.#seen ??= real;
		return real === this.#seen && (real as DOMException).name === 'AbortError';
	}
}

async function play(turns: readonly Turn[]): Promise<string[]> {
	const world = new World();
	for (const turn of turns) {
		if (typeof turn === 'number') world.advance(turn);
		else for (const command of turn) world.perform(command);
		await world.settle();
		if (world.faults.length > 0) return world.faults;
	}
	world.abortAll();
	await world.settle();
	if (world.model.waits.some(({end}) => end === undefined)) world.faults.push('somebody still waits');
	if (jest.getTimerCount() > 0) world.faults.push('a timer is left');
	return world.faults;
}

const at = fc.nat(30);
const reason = fc.constantFrom(undefined, null, 'text', new Error('error'), {an: 'object'});
const verb: fc.Arbitrary<Verb> = fc.oneof(
	{weight: 4, arbitrary: fc.record({do: fc.constantFrom('pause', 'hold'), at, reason})},
	{weight: 4, arbitrary: fc.record({do: fc.constantFrom('resume', 'release'), at})},
	{weight: 1, arbitrary: fc.record({do: fc.constant('step'), at})},
	{weight: 1, arbitrary: fc.record({do: fc.constant('abort'), at, reason})},
	{
		weight: 3,
		arbitrary: fc.record({
			do: fc.constant('wait'),
			at,
			how: fc.oneof(fc.constantFrom('gate', 'checkpoint'), fc.constantFrom(0, 5, 20, 2 ** 31 + 5)),
		}),
	},
);
const under = fc.array(at, {maxLength: 3});
const command: fc.Arbitrary<Command> = fc.oneof(
	{weight: 14, arbitrary: verb},
	{weight: 1, arbitrary: fc.record({do: fc.constant('dispose'), at})},
	{weight: 4, arbitrary: fc.record({do: fc.constant('create'), under})},
	{weight: 1, arbitrary: fc.record({do: fc.constant('plain')})},
	{
		weight: 3,
		arbitrary: fc.record({do: fc.constant('any'), under, pause: fc.option(under, {nil: undefined})}),
	},
	{weight: 5, arbitrary: fc.record({do: fc.constant('listen'), at, verb: fc.option(verb, {nil: undefined})})},
	{weight: 1, arbitrary: fc.record({do: fc.constant('unlisten'), at})},
);
const turn: fc.Arbitrary<Turn> = fc.oneof(
	{weight: 8, arbitrary: fc.array(command, {minLength: 1, maxLength: 4})},
	{weight: 1, arbitrary: fc.constantFrom(1, 5, 50, 2 ** 31)},
);

// node.ts, invariants 1, 2, 5 and 6
test('the tree does what the model says, whatever is done to it', async () => {
	const {MODEL_RUNS, MODEL_SEED} = process.env;
	await fc.assert(
		fc.asyncProperty(fc.array(turn, {maxLength: 40, size: 'max'}), async (turns) => {
			expect(await play(turns)).toEqual([]);
		}),
		{
			numRuns: Number(MODEL_RUNS ?? 300),
			...(MODEL_SEED === undefined ? {} : {seed: Number(MODEL_SEED)}),
		},
	);
}, 600_000);
