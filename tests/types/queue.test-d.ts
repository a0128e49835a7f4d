// Checked by `npm run check`, never run: what the types of the queue promise and refuse.
import {default as PQueue, type Options} from 'p-queue';
import type {HoldInfo, PausableSignal, PauseHold} from 'pausable-signal';
import {
	type AddOptions,
	BackOff,
	type Inspected,
	type MapIterator,
	PausableQueue,
	type PausableQueueOptions,
	type PauseReport,
	PriorityQueue,
	type Queue,
	type QueueAddOptions,
	type QueueProgress,
	type QueueState,
	type QueueTask,
	type QueueTaskContext,
	type RunFunction,
	type RunningTask,
	type StuckTask,
	type TaskGroup,
	type TaskName,
	TaskSet,
	TimeoutError,
} from 'pausable-signal/queue';

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- this is how two types are compared to the letter
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only when the two types are the same. */
function same<A, B>(..._proof: Same<A, B> extends true ? [] : ['the types differ', A, B]): void {}

declare const queue: PausableQueue;
declare const set: TaskSet;
declare const signal: AbortSignal;
declare const until: Date;

// What a p-queue user has goes on compiling, but for the promise of pause().
type Theirs = Exclude<keyof PQueue, 'pause'>;
const names: readonly (keyof PausableQueue)[] = [] as readonly Theirs[];
const used: Pick<
	PQueue,
	Exclude<Theirs, 'add' | 'addAll' | 'addEventListener' | 'removeEventListener' | 'start'>
> = queue;
void [names, used];
const theirOptions: Options = {
	concurrency: 1,
	autoStart: false,
	strict: true,
};
void new PausableQueue(theirOptions);
const theirAddOptions: QueueAddOptions = {priority: 1, id: 'id', timeout: 5, signal};
void queue.add(() => 1, theirAddOptions);
void queue.add(async ({signal: own}) => fetch('http://localhost', {signal: own}));
same<ReturnType<typeof queue.start>, PausableQueue>();
const caught: unknown = undefined;
if (caught instanceof TimeoutError) same<typeof caught, TimeoutError>();

// new PausableQueue()
void new PausableQueue();
void new PausableQueue({
	concurrency: Infinity,
	queueClass: PriorityQueue,
	signal,
	name: 'name',
	whilePaused: 'release',
	keepAlive: false,
	grace: 10,
	stuckAfter: 10,
	timeout: undefined,
});
const queueOptions: PausableQueueOptions = {concurrency: undefined, signal: undefined, queueClass: undefined};
void queueOptions;
// @ts-expect-error -- a number
void new PausableQueue({concurrency: '1'});
// @ts-expect-error -- one of two words
void new PausableQueue({whilePaused: 'keep'});
// @ts-expect-error -- there is no such option
void new PausableQueue({maxConcurrency: 1});
// @ts-expect-error -- a controller is no signal
void new PausableQueue({signal: new AbortController()});
// @ts-expect-error -- a class, not an object
void new PausableQueue({queueClass: new PriorityQueue()});

// A queue class of one's own, with what is imported from here.
class Own implements Queue<RunFunction, QueueAddOptions> {
	size = 0;
	enqueue(run: RunFunction, options?: Partial<QueueAddOptions>): void {
		void [run, options];
	}
	dequeue(): RunFunction | undefined {
		return undefined;
	}
	filter(): RunFunction[] {
		return [];
	}
	setPriority(): void {}
	remove(): void {}
}
const withOwn = new PausableQueue({queueClass: Own});
same<typeof withOwn, PausableQueue<Own>>();

// A queue class with options of its own, for p-queue and for us.
interface Dated extends QueueAddOptions {
	readonly due: Date;
}
class ByDate implements Queue<RunFunction, Dated> {
	size = 0;
	enqueue(run: RunFunction, options?: Partial<Dated>): void {
		void [run, options?.due];
	}
	dequeue(): RunFunction | undefined {
		return undefined;
	}
	filter(options: Readonly<Partial<Dated>>): RunFunction[] {
		void options.due;
		return [];
	}
	setPriority(): void {}
	remove(): void {}
}
const due = new Date();
const theirByDate = new PQueue<ByDate, Dated>({queueClass: ByDate});
const byDate = new PausableQueue<ByDate, Dated>({queueClass: ByDate, whilePaused: 'release'});
const byDateSet: TaskSet<Dated> = byDate.taskSet('name').taskSet('inside');
void [theirByDate.add(() => 1, {due, priority: 1}), byDate.add(() => 1, {due, priority: 1})];
void [theirByDate.addAll([() => 1], {due}), byDate.addAll([() => 1], {due})];
void [theirByDate.sizeBy({due}), byDate.sizeBy({due}), theirByDate.sizeBy({}), byDate.sizeBy({})];
void [theirByDate.add(() => 1), byDate.add(() => 1), theirByDate.addAll([]), byDate.addAll([])];
void [byDateSet.add(() => 1, {due}), byDate.add(() => 1, {due, set: byDateSet})];
same<ReturnType<typeof byDate.start>, PausableQueue<ByDate, Dated>>();
same<ReturnType<typeof byDate.add<number>>, Promise<number>>();
const byDateOptions: PausableQueueOptions<ByDate, Dated> = {queueClass: ByDate, name: 'name'};
const theirByDateOptions: Options<ByDate, Dated> = byDateOptions;
void [new PausableQueue(byDateOptions), new PQueue(theirByDateOptions)];
void new PausableQueue<ByDate, Dated>(theirByDateOptions);
const byDateAdd: AddOptions<Dated> = {due, set: byDateSet};
void byDateAdd;
// What takes any queue takes this one.
const anyQueue: PausableQueue = byDate;
const anyGroup: TaskGroup = byDateSet;
void [anyQueue, anyGroup];
const plainTheirs = new PQueue();
// @ts-expect-error -- p-queue: a date
void theirByDate.add(() => 1, {due: 'tomorrow'});
// @ts-expect-error -- a date
void byDate.add(() => 1, {due: 'tomorrow'});
// @ts-expect-error -- a date
void byDate.addAll([() => 1], {due: 1});
// @ts-expect-error -- a date
void byDateSet.add(() => 1, {due: 1});
// @ts-expect-error -- p-queue: a date
theirByDate.sizeBy({due: 1});
// @ts-expect-error -- a date
byDate.sizeBy({due: 1});
// @ts-expect-error -- p-queue: this queue class knows no dates
void plainTheirs.add(() => 1, {due});
// @ts-expect-error -- this queue class knows no dates
void queue.add(() => 1, {due});
// @ts-expect-error -- p-queue: the class is not the one that was named
void new PQueue<ByDate, Dated>({queueClass: PriorityQueue});
// @ts-expect-error -- the class is not the one that was named
void new PausableQueue<ByDate, Dated>({queueClass: PriorityQueue});
// @ts-expect-error -- p-queue: no queue class
type TheirBad = PQueue<Date>;
// @ts-expect-error -- no queue class
type OurBad = PausableQueue<Date>;
// @ts-expect-error -- p-queue: options that are none of add()'s
type TheirBadOptions = PQueue<Own, {priority: string}>;
// @ts-expect-error -- options that are none of add()'s
type OurBadOptions = PausableQueue<Own, {priority: string}>;
void ([] as (TheirBad | OurBad | TheirBadOptions | OurBadOptions)[]);
// @ts-expect-error -- a signal is no options
void queue.add(() => 1, signal);

// add
same<ReturnType<typeof queue.add<number>>, Promise<number>>();
const added = queue.add(async () => 'text');
same<typeof added, Promise<string>>();
const plain = queue.add(() => 7);
same<typeof plain, Promise<number>>();
const nested = queue.add(async () => Promise.resolve(Promise.resolve({a: 1})));
same<typeof nested, Promise<{a: number}>>();
const nothing = set.add(() => {});
same<typeof nothing, Promise<void>>();
void queue.add(
	(context) => {
		same<typeof context, QueueTaskContext>();
		same<typeof context.signal, PausableSignal>();
		same<typeof context.set, TaskSet | undefined>();
		same<typeof context.id, string>();
		context.report({any: 'thing'});
		// @ts-expect-error -- given, and not changed
		context.id = 'other';
		return context.signal.checkpoint();
	},
	{set: 'name', priority: 1, id: 'id', timeout: 10, signal},
);
void queue.add(() => 1, {set});
const addOptions: AddOptions = {set: undefined, signal: undefined, timeout: undefined};
void addOptions;
const task: QueueTask<number> = async ({signal: own}) => (own.paused ? 1 : 0);
void set.add(task);
// A function that wants a plain signal takes the context.
void queue.add(async ({signal: own}: {signal: AbortSignal}) => own.aborted);
// @ts-expect-error -- a promise is no function
void queue.add(Promise.resolve(1));
// @ts-expect-error -- there is no such option
void queue.add(() => 1, {prio: 1});
// @ts-expect-error -- a name or a TaskSet
void queue.add(() => 1, {set: queue});
// @ts-expect-error -- no task is given two arguments
void queue.add((context: QueueTaskContext, more: number) => more);

// addAll
const all = queue.addAll([() => 1, async () => 'two']);
same<typeof all, Promise<[number, string]>>();
const same7 = queue.addAll([1, 2, 3].map((item) => () => item));
same<typeof same7, Promise<number[]>>();
// @ts-expect-error -- functions, not promises
void queue.addAll([Promise.resolve(1)]);

// pause, resume, hold
same<ReturnType<typeof queue.pause>, Promise<PauseReport>>();
same<PauseReport['parked'], readonly TaskName[]>();
same<TaskName['set'], string | undefined>();
void queue.pause('why', {timeout: 5, until});
void queue.pause(undefined, {until: 5});
same<ReturnType<typeof queue.resume>, boolean>();
same<ReturnType<typeof set.hold>, PauseHold>();
void set.hold('why', {until});
// @ts-expect-error -- a Date or milliseconds
void queue.hold('why', {until: 'tomorrow'});
// @ts-expect-error -- the reason comes first
void queue.pause({timeout: 5}, 'why');

// sets
same<ReturnType<typeof queue.taskSet>, TaskSet>();
void queue
	.taskSet('a', {
		concurrency: 1,
		interval: 10,
		intervalCap: 2,
		strict: true,
		priority: 1,
		whilePaused: 'hold',
	})
	.taskSet('b');
same<typeof set.name, string>();
same<typeof set.path, string>();
same<typeof queue.name, string | undefined>();
same<ReturnType<typeof set.abort>, string[]>();
// @ts-expect-error -- it needs a name
void queue.taskSet({concurrency: 1});
// @ts-expect-error -- of the queue alone
void queue.taskSet('a', {autoStart: false});
// @ts-expect-error -- a queue is stopped; an abort of it is for good
queue.abort();
// @ts-expect-error -- sets come from taskSet()
void new TaskSet();
// @ts-expect-error -- only the queue has an end
void set.stop();

// state
same<typeof queue.state, QueueState>();
same<typeof set.state, 'running' | 'pausing' | 'paused' | 'stopping' | 'stopped'>();
same<typeof queue.signal, PausableSignal>();
same<typeof queue.holds, readonly HoldInfo[]>();
same<typeof set.progress, QueueProgress>();
same<QueueProgress['eta'], number | undefined>();
same<ReturnType<typeof queue.inspect>, Inspected>();
same<typeof queue.runningTasks, readonly RunningTask[]>();
same<typeof queue.timeout, number | undefined>();
queue.concurrency = 3;
set.concurrency = Infinity;
same<ReturnType<typeof set.clear>, string[]>();
// @ts-expect-error -- a number
set.concurrency = '3';
queue.timeout = undefined;
// @ts-expect-error -- a verb, not a switch
queue.isPaused = true;
// @ts-expect-error -- counted, not set
queue.size = 0;

// the end
same<ReturnType<typeof queue.stop>, Promise<string[]>>();
same<ReturnType<typeof queue.shutdown>, Promise<void>>();
void queue.stop('why', {grace: 10});
void queue.shutdown({signal});
const disposable: AsyncDisposable = queue;
void disposable;
// @ts-expect-error -- milliseconds
void queue.stop('why', {grace: '10s'});

// waits
for (const wait of [
	queue.onIdle({signal}),
	set.onEmpty({signal}),
	set.onSizeLessThan(3, {signal}),
	set.onPendingZero(),
])
	same<typeof wait, Promise<void>>();
same<ReturnType<typeof queue.onError>, Promise<never>>();
void Promise.all([queue.onRateLimit({signal}), queue.onRateLimitCleared({signal})]);
// @ts-expect-error -- the signal is an option
void queue.onIdle(signal);
// @ts-expect-error -- the rate limit that is told of is the queue's
void set.onRateLimit();

// map
const mapped = queue.map(['a', 'b'], async (item, context) => {
	same<typeof item, string>();
	same<typeof context, QueueTaskContext>();
	return item.length;
});
same<typeof mapped, MapIterator<string, number>>();
same<typeof mapped.unfinished, readonly string[]>();
for await (const length of mapped) same<typeof length, number>();
declare const stream: ReadableStream<Uint8Array>;
void queue.map(stream, (chunk) => chunk.byteLength, {ordered: false, concurrency: 2, priority: 1, signal});
void set.map(
	(async function* () {
		yield 1;
	})(),
	(item) => item.toFixed(),
);
// @ts-expect-error -- nothing to iterate over
void queue.map(7, (item) => item);
// @ts-expect-error -- there is no such option
void queue.map([1], (item) => item, {parallel: 2});

// events
queue.addEventListener('completed', ({detail}) => same<typeof detail, unknown>());
queue.addEventListener('stuck', (event) => same<typeof event, CustomEvent<StuckTask>>());
queue.addEventListener('idle', {handleEvent: (event) => same<typeof event, Event>()}, {once: true});
queue.addEventListener('one of mine', (event) => event.type);
const onStuck = ({detail}: CustomEvent<StuckTask>): string => detail.id;
queue.addEventListener('stuck', onStuck);
queue.removeEventListener('stuck', onStuck);
set.addEventListener('statechange', (event) => same<typeof event, Event>());
const emitter: EventTarget = queue;
void emitter;
// @ts-expect-error -- p-queue 10 is an EventTarget, and so are we
queue.on('idle', () => {});

// A hold of an earlier process, as it was saved.
const backOff = new BackOff(queue.taskSet('polite', {concurrency: 1}));
same<ReturnType<typeof backOff.refused>, PauseHold>();
void backOff.refused({reason: '429', until: new Date(), strikes: 3});
// @ts-expect-error -- a number
void backOff.refused({strikes: '3'});
