/**
 * Run by leaks.test.ts, in a process of its own: makes many pieces of each kind on one signal, and
 * prints what they left behind, as JSON.
 *
 * In a process of its own, because a test runner instruments the code, keeps values for its messages,
 * and fills the heap that is to be measured.
 */
import {countTimers} from './count-timers.ts';
import {getEventListeners, setMaxListeners} from 'node:events';
import {clearInterval, setInterval} from 'node:timers';
import {PausableController} from 'pausable-signal';
import {nodeOf} from '../../src/core/foreign.ts';
import {kinds, leaks, type Make, pausingKinds} from './kinds.ts';
import {fewBytes, type Leftovers} from './leftovers.ts';

const [kindOfSignal, pieces] = process.argv.slice(2);
const perRound = Number(pieces);
const warmUp = Math.min(250, perRound);
// What a collection more may free without another one after it.
const littleBytes = 5_000;
// So many live at once.
const batch = 250;
// One in so many is looked after, whether it is collected.
const sampled = 10;

/** The pieces of one kind, on one signal. */
class Measure<On> {
	readonly #on: On;
	readonly #signal: AbortSignal;
	readonly #make: Make<On>;
	readonly #timersBefore: number = countTimers();
	readonly #collections: FinalizationRegistry<void>;
	#uncollected = 0;
	#mostListeners = 0;

	constructor(on: On, signal: AbortSignal, make: Make<On>) {
		this.#on = on;
		this.#signal = signal;
		this.#make = make;
		this.#collections = new FinalizationRegistry(() => this.#uncollected--);
		setMaxListeners(0, signal);
	}

	async leftovers(): Promise<Leftovers> {
		await this.#makeMany(warmUp);
		const bytes = (await this.#growth()) / perRound;
		const {children, followers, needs} = nodeOf(this.#signal);
		const live = [...(children?.keys() ?? [])].filter((ref) => ref.deref() !== undefined);
		return {
			mostListeners: this.#mostListeners,
			listeners: listenersOn(this.#signal),
			timers: countTimers() - this.#timersBefore,
			followers: followers?.size ?? 0,
			needs,
			children: live.length,
			uncollected: this.#uncollected,
			bytes,
		};
	}

	// Now and then the engine takes or gives back a quarter of a megabyte for itself: so one that looks
	// like a leak is measured twice more, and the one in the middle counts.
	async #growth(): Promise<number> {
		let before = await heapUsed();
		const growths: number[] = [];
		do {
			await this.#makeMany(perRound);
			const after = await heapUsed();
			growths.push(after - before);
			before = after;
		} while (growths[0]! > fewBytes(perRound) * perRound && growths.length < 3);
		return growths.toSorted((a, b) => a - b)[Math.floor(growths.length / 2)]!;
	}

	async #makeMany(count: number): Promise<void> {
		for (let made = 0; made < count; made += batch) {
			await this.#makeBatch(Math.min(batch, count - made));
			// The engine keeps whatever has a WeakRef until the turn ends.
			await macrotask();
		}
	}

	async #makeBatch(count: number): Promise<void> {
		const ends: unknown[] = [];
		for (let i = 0; i < count; i++) ends.push(this.#make(this.#on));
		this.#mostListeners = Math.max(this.#mostListeners, listenersOn(this.#signal));
		for (const [index, end] of ends.entries()) {
			const piece: unknown = await end;
			if (index % sampled === 0 && isObject(piece)) {
				this.#uncollected++;
				this.#collections.register(piece, undefined);
			}
		}
	}
}

function listenersOn(signal: AbortSignal): number {
	const types = ['abort', 'pause', 'resume'];
	return types.reduce((sum, type) => sum + getEventListeners(signal, type).length, 0);
}

function isObject(value: unknown): value is object {
	return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function macrotask(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

/** After garbage was collected until nothing more went: what a registry lets go of goes the next time. */
async function heapUsed(): Promise<number> {
	if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
	let used = Infinity;
	let isFalling = true;
	for (let turn = 0; turn < 3 || isFalling; turn++) {
		globalThis.gc();
		await macrotask();
		const {heapUsed: now} = process.memoryUsage();
		isFalling = now < used - littleBytes;
		used = now;
	}
	return used;
}

// The controllers live as long as the process.
const longLived: AbortController[] = [];

function create(): AbortController {
	const controller = kindOfSignal === 'plain' ? new AbortController() : new PausableController();
	longLived.push(controller);
	return controller;
}

async function measure(make: Make): Promise<Leftovers> {
	const {signal} = create();
	return new Measure(signal, signal, make).leftovers();
}

async function measurePausing(make: Make<PausableController>): Promise<Leftovers> {
	const controller = new PausableController();
	longLived.push(controller);
	return new Measure(controller, controller.signal, make).leftovers();
}

// A deadline keeps no process alive.
const alive = setInterval(() => {}, 1_000);
const reports: Record<string, Leftovers> = {};
for (const [name, make] of Object.entries(kinds)) reports[name] = await measure(make);
if (kindOfSignal === 'pausable') {
	for (const [name, make] of Object.entries(pausingKinds)) reports[name] = await measurePausing(make);
}
for (const [name, {make}] of Object.entries(leaks)) reports[name] = await measure(make);
clearInterval(alive);
console.log(JSON.stringify(reports));
