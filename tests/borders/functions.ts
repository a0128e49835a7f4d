// One row for each function that the package exports, methods included: what crosses its border.
import {type ChildProcess, spawn} from 'node:child_process';
import {tmpdir} from 'node:os';
import path from 'node:path';
import * as root from 'pausable-signal';
import {download, pausableFetch} from 'pausable-signal/fetch';
import {
	type ControlStore,
	followRemote,
	memoryStore,
	postgresStore,
	redisStore,
	RemoteController,
} from 'pausable-signal/remote';
import {PausableWorker, QueueController} from 'pausable-signal/bullmq';
import {BackOff, PausableQueue, type PausableQueueOptions} from 'pausable-signal/queue';
import {followProcess} from 'pausable-signal/process';
import {pausableStream} from 'pausable-signal/streams';
import * as testing from 'pausable-signal/testing';
import {receiveSignal, Thread, ThreadPool, transferSignal} from 'pausable-signal/thread';

const {delay, forever, Gate, PausableController, PausableSignal, Task} = root;

/** What a function takes, each as a call with it; a row with `none` says why there is nothing. */
export interface Row {
	readonly none?: string;
	/** Calls it with this instead of its options. */
	readonly options?: (options: never) => unknown;
	/** What else it takes instead of an object. */
	readonly alsoTakes?: readonly unknown[];
	/** Calls it with this signal, and rejects or throws as the signal aborts. */
	readonly signal?: (signal: AbortSignal) => unknown;
	/** Looks at the signal once, and does not wait for its abort. */
	readonly looksOnce?: true;
	/** Calls it with this moment, and resolves when that is due. */
	readonly date?: (date: Date) => unknown;
}

const never = (): Promise<never> => new Promise(() => {});
const nothing = async (): Promise<void> => {};
const file = path.join(tmpdir(), `pausable-signal-borders-${process.pid}`);
const url = 'http://127.0.0.1:9/';

const queues: PausableQueue[] = [];

function queue(options?: PausableQueueOptions): PausableQueue {
	const made = new PausableQueue(options);
	queues.push(made);
	return made;
}

/** A queue in which one task runs and one waits, at its rate limit. */
function busyQueue(): PausableQueue {
	const busy = queue({concurrency: 1, interval: 60_000, intervalCap: 1});
	void busy.add(({signal}) => forever(signal)).catch(() => {});
	void busy.add(nothing).catch(() => {});
	return busy;
}

/** Stops what the calls have left. */
export async function cleanUp(): Promise<void> {
	await Promise.all(queues.map((made) => made.stop()));
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
	for await (const _item of items);
}

const module = new URL('file:///nothing.js');
const pool = (): ThreadPool => new ThreadPool(module);
const fleet = (store: ControlStore = memoryStore()): RemoteController => new RemoteController(store, 'fleet');
/** A child process that runs until it is ended; and one that has ended. */
const sleeping = (): ChildProcess => spawn('sleep', ['60']);
const ended = {pid: 1, exitCode: 0, signalCode: null, kill() {}, on() {}, off() {}};
const client = {eval() {}, duplicate() {}, subscribe() {}, query() {}, connect() {}} as never;

const none = (why: string): Row => ({none: why});
const platform = none("the platform's own");
const plain = none('takes no options, no signal and no moment');
const peer = none("a dependency's own");
const failure = none('an error: its details are no options');
const internal = none('not public');
const passedOn = none('hands its options to Task, which has a row');

function thrownReason(signal: AbortSignal): never {
	throw signal.reason;
}

const group: Readonly<Record<string, Row>> = {
	add: {
		options: (options) => queue().add(nothing, options),
		signal: (signal) => busyQueue().add(nothing, {signal}),
	},
	addAll: {
		options: (options) => queue().addAll([], options),
		signal: (signal) => busyQueue().addAll([nothing], {signal}),
	},
	taskSet: {options: (options) => queue().taskSet('name', options)},
	pause: {options: (options) => queue().pause('why', options)},
	resume: plain,
	hold: {
		options: (options) => queue().hold('why', options),
		date: async (until) => {
			const made = queue();
			made.hold('why', {until});
			await made.add(nothing);
		},
	},
	clear: plain,
	onIdle: {
		options: (options) => queue().onIdle(options),
		signal: (signal) => busyQueue().onIdle({signal}),
	},
	onEmpty: {
		options: (options) => queue().onEmpty(options),
		signal: (signal) => busyQueue().onEmpty({signal}),
	},
	onSizeLessThan: {
		options: (options) => queue().onSizeLessThan(1, options),
		signal: (signal) => busyQueue().onSizeLessThan(1, {signal}),
	},
	onPendingZero: {
		options: (options) => queue().onPendingZero(options),
		signal: (signal) => busyQueue().onPendingZero({signal}),
	},
	map: {
		options: (options) => queue().map([], nothing, options),
		signal: (signal) => drain(queue().map([1], (_item, {signal: own}) => forever(own), {signal})),
	},
	inspect: plain,
	addEventListener: platform,
	removeEventListener: platform,
};

function methods(of: string, rows: Readonly<Record<string, Row>>): Record<string, Row> {
	return Object.fromEntries(Object.entries(rows).map(([name, row]) => [`${of}#${name}`, row]));
}

export const rows: Readonly<Record<string, Row>> = {
	Gate: plain,
	'Gate#open': plain,
	'Gate#close': plain,
	'Gate#release': plain,
	'Gate#wait': {
		options: (options) => new Gate().wait(options),
		signal: (signal) => new Gate(false).wait({signal}),
	},
	PausableController: {
		options: (options) => new PausableController(options),
		signal: (signal) => new PausableController({signal}).signal.checkpoint().then(never),
		looksOnce: true,
	},
	'PausableController#pause': plain,
	'PausableController#resume': plain,
	'PausableController#step': plain,
	'PausableController#hold': {
		options: (options) => new PausableController().hold('why', options),
		date: async (until) => {
			const controller = new PausableController();
			controller.hold('why', {until});
			await controller.signal.checkpoint();
		},
	},
	'PausableController#abort': plain,
	PausableSignal: none('cannot be constructed'),
	'PausableSignal.any': {
		options: (options) => PausableSignal.any([], options),
		signal: (signal) => thrownReason(PausableSignal.any([signal])),
		looksOnce: true,
	},
	'PausableSignal.from': {
		signal: (signal) => thrownReason(PausableSignal.from(signal)),
		looksOnce: true,
	},
	'PausableSignal.abort': plain,
	'PausableSignal.timeout': plain,
	'PausableSignal#throwIfAborted': plain,
	'PausableSignal#checkpoint': plain,
	'PausableSignal#addEventListener': platform,
	'PausableSignal#removeEventListener': platform,
	Task: none('cannot be constructed'),
	'Task.start': {
		options: (options) => Task.start(nothing, options),
		signal: (signal) => Task.start(({signal: own}) => forever(own), {signal}).result,
	},
	'Task#pause': {options: (options) => Task.start(nothing).pause('why', options)},
	'Task#resume': plain,
	'Task#hold': {options: (options) => Task.start(nothing).hold('why', options)},
	'Task#stop': {options: (options) => Task.start(nothing).stop('why', options)},
	'Task#join': {options: (options) => Task.start(nothing).join(options)},
	StopTimeoutError: failure,
	delay: {
		options: (options) => delay(PausableSignal.none, 1, options),
		signal: (signal) => delay(signal, 1e9),
		date: (date) => delay(PausableSignal.none, date),
	},
	interval: {
		options: (options) => root.interval(PausableSignal.none, 1, options),
		signal: (signal) => drain(root.interval(signal, 1e9)),
	},
	deadline: {
		options: (options) => root.deadline(PausableSignal.none, 1e9, options),
		signal: (signal) => forever(root.deadline(signal, 1e9)),
	},
	stopwatch: plain,
	execute: {signal: (signal) => root.execute(signal, () => () => {})},
	abortable: {signal: (signal) => root.abortable(signal, never())},
	forever: {signal: (signal) => forever(signal)},
	waitForEvent: {
		options: (options) => root.waitForEvent(PausableSignal.none, new EventTarget(), 'event', options),
		alsoTakes: [true],
		signal: (signal) => root.waitForEvent(signal, new EventTarget(), 'event'),
	},
	all: {signal: (signal) => root.all(signal, (inner) => [forever(inner)])},
	race: {signal: (signal) => root.race(signal, (inner) => [forever(inner)])},
	retry: {
		options: (options) => root.retry(PausableSignal.none, nothing, options),
		signal: (signal) => root.retry(signal, (inner) => forever(inner)),
	},
	proactiveRetry: {
		options: (options) => root.proactiveRetry(PausableSignal.none, nothing, options),
		signal: (signal) => root.proactiveRetry(signal, (inner) => forever(inner)),
	},
	spawn: {signal: (signal) => root.spawn(signal, (inner) => forever(inner))},
	shield: {
		options: (options) => root.shield(PausableSignal.none, nothing, options),
		signal: (signal) => root.shield(signal, (inner) => forever(inner), {abort: false}),
	},
	run: plain,
	isAbortOf: {
		signal: (signal) => {
			const reason: unknown = PausableSignal.from(signal).reason;
			if (root.isAbortOf(signal, reason) && !root.isAbortOf(signal, undefined)) throw reason;
		},
		looksOnce: true,
	},
	throwIfAborted: {signal: (signal) => root.throwIfAborted(signal), looksOnce: true},
	AbortError: peer,
	isAbortError: peer,
	catchAbortError: peer,
	rethrowAbortError: peer,
	pausable: {
		signal: (signal) => drain(root.pausable(signal, new ReadableStream())),
	},
	'streams/pausableStream': {
		options: (options) => pausableStream(PausableSignal.none, [], options),
		signal: (signal) => pausableStream(signal, new ReadableStream()).getReader().read(),
	},
	'fetch/pausableFetch': {
		options: (options) => pausableFetch(url, options),
		signal: (signal) => pausableFetch(url, {signal, fetch: never}),
	},
	'fetch/download': {
		options: (options) => download(url, file, options),
		signal: (signal) => download(url, file, {signal, fetch: never}),
	},
	'fetch/transferOf': plain,
	'fetch/TransferError': failure,
	'queue/PausableQueue': {
		options: (options) => queue(options),
		signal: (signal) => thrownReason(queue({signal}).signal),
		looksOnce: true,
	},
	...methods('queue/PausableQueue', {
		...group,
		start: plain,
		setPriority: plain,
		sizeBy: none("p-queue's: filters by any of the tasks' options"),
		onRateLimit: {
			options: (options) => queue().onRateLimit(options),
			signal: (signal) => queue().onRateLimit({signal}),
		},
		onRateLimitCleared: {
			options: (options) => queue().onRateLimitCleared(options),
			signal: (signal) => busyQueue().onRateLimitCleared({signal}),
		},
		onError: {
			options: (options) => queue().onError(options),
			signal: (signal) => queue().onError({signal}),
		},
		stop: {options: (options) => queue().stop('why', options)},
		shutdown: {
			options: (options) => queue().shutdown(options),
			signal: (signal) => busyQueue().shutdown({signal}),
		},
	}),
	'queue/BackOff': {
		options: (options) => new BackOff(queue().taskSet('set', {concurrency: 1}), options),
	},
	...methods('queue/BackOff', {refused: plain, answered: plain}),
	'queue/followQueue': none('its signal is followed from the first call on'),
	'queue/TaskSet': none('cannot be constructed'),
	...methods('queue/TaskSet', {
		dispose: plain,
		...group,
		taskSet: {options: (options) => queue().taskSet('outer').taskSet('inner', options)},
		abort: plain,
	}),
	'queue/PriorityQueue': peer,
	...methods('queue/PriorityQueue', {
		enqueue: peer,
		setPriority: peer,
		remove: peer,
		dequeue: peer,
		filter: peer,
	}),
	'queue/TimeoutError': peer,
	'thread/Thread': none('cannot be constructed'),
	'thread/Thread.start': {options: (options) => Thread.start(module, options)},
	...methods('thread/Thread', {
		pause: passedOn,
		resume: plain,
		hold: plain,
		stop: passedOn,
		join: passedOn,
	}),
	'thread/ThreadPool': {options: (options) => new ThreadPool(module, options)},
	...methods('thread/ThreadPool', {
		run: {options: (options) => pool().run('data', options)},
		map: {options: (options) => pool().map([], options)},
		stop: {options: (options) => pool().stop('why', options)},
		shutdown: plain,
	}),
	'thread/ThreadSignal': none('cannot be constructed'),
	...methods('thread/ThreadSignal', {
		checkpoint: plain,
		checkpointSync: plain,
		throwIfAborted: plain,
		addEventListener: platform,
		removeEventListener: platform,
	}),
	'thread/defineThread': plain,
	'thread/receiveSignal': {
		options: (options) => receiveSignal(transferSignal(PausableSignal.none).message, options),
	},
	'thread/transferSignal': none('looks at the signal on the other side'),
	'thread/SignalLostError': failure,
	'thread/ThreadExitError': failure,
	'remote/RemoteController': {options: (options) => new RemoteController(memoryStore(), 'fleet', options)},
	...methods('remote/RemoteController', {
		pause: {
			options: (options) => fleet().pause('why', options),
			signal: (signal) => fleet().pause('why', {signal}),
			looksOnce: true,
		},
		resume: plain,
		hold: {options: (options) => fleet().hold('why', options)},
		abort: {
			options: (options) => fleet().abort('why', options),
			signal: (signal) => fleet().abort('why', {signal}),
			looksOnce: true,
		},
		job: plain,
		status: plain,
		taskSet: plain,
		within: internal,
	}),
	'remote/followRemote': {options: (options) => followRemote(memoryStore(), 'fleet', options)},
	'process/followProcess': {
		options: (options) => followProcess(new AbortController().signal, ended, options),
		signal: (signal) => followProcess(signal, sleeping()),
	},
	'process/ProcessExitError': failure,
	'remote/fileStore': plain,
	'remote/memoryStore': plain,
	'remote/postgresStore': {options: (options) => postgresStore(client, options)},
	'remote/postgresStoreMigration': plain,
	'remote/redisStore': {options: (options) => redisStore(client, options)},
	'bullmq/PausableWorker': {options: (options) => new PausableWorker('queue', async () => {}, options)},
	...methods('bullmq/PausableWorker', {
		close: plain,
		pause: plain,
		resume: plain,
		createLockManager: internal,
	}),
	'bullmq/QueueController': {options: (options) => new QueueController('queue', options)},
	// Those of RemoteController.
	...methods('bullmq/QueueController', {
		abort: plain,
		close: plain,
		hold: plain,
		job: plain,
		pause: plain,
		resume: plain,
		status: plain,
		taskSet: plain,
		within: internal,
	}),
	'bullmq/HandBackError': failure,
	'bullmq/LockLostError': failure,
	'testing/sweep': {options: (options) => testing.sweep(nothing, options)},
	'testing/SweepError': failure,
	'testing/virtualTime': {options: (options) => testing.virtualTime(options)},
	'testing/VirtualTime': none('cannot be constructed'),
	...methods('testing/VirtualTime', {
		advance: plain,
		dispose: plain,
		next: plain,
		reset: plain,
		runAll: plain,
	}),
	'testing/leftOn': plain,
	'testing/sequence': plain,
	'testing/whenParked': {options: (options) => testing.whenParked(Task.start(nothing), options)},
};
