/**
 * Run by leaks.test.ts, in a process of its own: makes many pieces of each kind, each kind on a signal
 * that lives as long as the process, and prints what they left behind, as JSON.
 *
 * In a process of its own, because a test runner instruments the code, keeps values for its messages,
 * and fills the heap that is to be measured.
 */
import {countTimers, setTimerOwner} from '../support/count-timers.ts';
import {setMaxListeners} from 'node:events';
import {clearInterval, setInterval} from 'node:timers';
import {setTimeout as wait} from 'node:timers/promises';
import {PausableController} from 'pausable-signal';
import {nodeOf} from '../../src/core/foreign.ts';
import {sweep} from '../../src/core/links.ts';
import {leftOn} from '../flow/kit.ts';
import {kinds, leaks, type Make, pausingKinds} from './kinds.ts';
import {fewBytes, leakIn, type Leftovers, type Report} from './leftovers.ts';

const [kindOfSignal, piecesEach] = process.argv.slice(2);
const many = Number(piecesEach);
// As many are enough to see a leak that is known.
const enough = 3_000;
const warmUp = 250;
// So many live at once.
const batch = 250;
// One in so many is looked after, whether it is collected.
const sampled = 10;
// What the engine takes for itself in between; a leak of one kind comes to more.
const littleBytes = 150_000;

/** The pieces of one kind, on one signal. */
class Pieces<On> {
	/** Of all kinds. */
	static mostListeners = 0;

	readonly #on: On;
	readonly #signal: AbortSignal;
	readonly #make: Make<On>;
	readonly #collections: FinalizationRegistry<void>;
	#uncollected = 0;

	constructor(on: On, signal: AbortSignal, make: Make<On>) {
		this.#on = on;
		this.#signal = signal;
		this.#make = make;
		this.#collections = new FinalizationRegistry(() => this.#uncollected--);
		setMaxListeners(0, signal);
	}

	async make(count: number): Promise<void> {
		setTimerOwner(this);
		for (let made = 0; made < count; made += batch) {
			await this.#makeBatch(Math.min(batch, count - made));
			// The engine keeps whatever has a WeakRef until the turn ends.
			await macrotask();
		}
	}

	async #makeBatch(count: number): Promise<void> {
		const ends: unknown[] = [];
		for (let i = 0; i < count; i++) ends.push(this.#make(this.#on));
		Pieces.mostListeners = Math.max(Pieces.mostListeners, leftOn(this.#signal).listeners);
		for (const [index, end] of ends.entries()) {
			const piece: unknown = await end;
			if (index % sampled === 0 && isObject(piece)) {
				this.#uncollected++;
				this.#collections.register(piece, undefined);
			}
		}
	}

	/** Forgets the children that were collected; otherwise that happens when new ones come. */
	sweep(): void {
		sweep(nodeOf(this.#signal));
	}

	/** After a collection of garbage. */
	leftovers(bytes: number): Leftovers {
		const [timers, uncollected] = [countTimers(this), this.#uncollected];
		return {...leftOn(this.#signal), timers, uncollected, bytes};
	}
}

type AnyPieces = Pieces<PausableController> | Pieces<AbortSignal>;

function isObject(value: unknown): value is object {
	return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function macrotask(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

async function collect(all: Iterable<AnyPieces>): Promise<number> {
	if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
	globalThis.gc();
	// Registries are told in a turn of its own, and what they let go of goes the next time.
	await wait(1);
	for (const pieces of all) pieces.sweep();
	return process.memoryUsage().heapUsed;
}

/** After garbage was collected until nothing more goes. */
async function heapUsed(all: Iterable<AnyPieces>): Promise<number> {
	let least = Infinity;
	for (let vain = 0; vain < 3;) {
		const used = await collect(all);
		vain = used < least - littleBytes / 30 ? 0 : vain + 1;
		least = Math.min(least, used);
	}
	return least;
}

async function bytesEach(pieces: AnyPieces, count: number): Promise<number> {
	const before = await heapUsed([pieces]);
	await pieces.make(count);
	return ((await heapUsed([pieces])) - before) / count;
}

// Now and then the engine takes a quarter of a megabyte: what looks like a leak is measured again, and
// again, with twice as many.
async function surely(pieces: AnyPieces): Promise<number> {
	let bytes = 0;
	for (const times of [1, 2, 4]) {
		bytes = await bytesEach(pieces, many * times);
		if (bytes <= fewBytes(many * times)) return 0;
	}
	return bytes;
}

/** All kinds at once, for which the heap must stop to grow; each alone when it does not. */
async function measure(all: ReadonlyMap<string, AnyPieces>): Promise<Record<string, Leftovers>> {
	const makeAll = async (count: number): Promise<number> => {
		for (const pieces of all.values()) await pieces.make(count);
		return heapUsed(all.values());
	};
	let before = await makeAll(warmUp);
	let isGrowing = true;
	for (let turn = 0; turn < 4 && isGrowing; turn++) {
		const after = await makeAll(many);
		isGrowing = after > before + littleBytes;
		before = after;
	}
	const left: Record<string, Leftovers> = {};
	for (const [name, pieces] of all) left[name] = pieces.leftovers(0);
	// What can be counted tells enough.
	const isSeen = Object.values(left).some((one) => Object.keys(leakIn(one, many)).length > 0);
	if (!isGrowing || isSeen) return left;
	for (const [name, pieces] of all) left[name] = pieces.leftovers(await surely(pieces));
	return left;
}

/** Where the leak is in what can be counted, a few pieces show it. */
async function measureLeaks(): Promise<Record<string, Leftovers>> {
	const left: Record<string, Leftovers> = {};
	for (const [name, {make, shows}] of Object.entries(leaks)) {
		const pieces = onSignal(make);
		await pieces.make(warmUp);
		const bytes = shows === 'bytes' ? await bytesEach(pieces, enough) : 0;
		if (bytes === 0) await collect([pieces]);
		left[name] = pieces.leftovers(bytes);
	}
	return left;
}

// The controllers live as long as the process.
const longLived: AbortController[] = [];

function onSignal(make: Make): Pieces<AbortSignal> {
	const controller = kindOfSignal === 'plain' ? new AbortController() : new PausableController();
	longLived.push(controller);
	return new Pieces(controller.signal, controller.signal, make);
}

function onController(make: Make<PausableController>): Pieces<PausableController> {
	const controller = new PausableController();
	longLived.push(controller);
	return new Pieces(controller, controller.signal, make);
}

// A deadline keeps no process alive.
const alive = setInterval(() => {}, 1_000);
const all = new Map<string, AnyPieces>();
for (const [name, make] of Object.entries(kinds)) all.set(name, onSignal(make));
if (kindOfSignal === 'pausable')
	for (const [name, make] of Object.entries(pausingKinds)) all.set(name, onController(make));
const left = await measure(all);
const {mostListeners} = Pieces;
const report: Report = {kinds: left, leaks: await measureLeaks(), mostListeners};
console.log(JSON.stringify(report));
clearInterval(alive);
