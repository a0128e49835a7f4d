// Checked by `npm run check`, never run: what the types of the flow room promise and refuse.
import {EventEmitter} from 'node:events';
import {
	abortable,
	all,
	type AbortError,
	catchAbortError,
	delay,
	type EventTargetLike,
	execute,
	forever,
	type ForkTask,
	isAbortError,
	type PausableSignal,
	proactiveRetry,
	type ProactiveRetryOptions,
	race,
	retry,
	type RetryOptions,
	run,
	shield,
	spawn,
	type SpawnEffects,
	waitForEvent,
} from 'pausable-signal';

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- this is how two types are compared to the letter
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only when the two types are the same. */
function same<A, B>(..._proof: Same<A, B> extends true ? [] : ['the types differ', A, B]): void {}

declare const signal: AbortSignal;
declare const pausable: PausableSignal;
declare const text: Promise<string>;
declare const count: Promise<number>;

// all: tuples stay tuples
const pair = all(signal, () => [text, count]);
same<typeof pair, Promise<[string, number]>>();
const fixed = all(signal, () => [text, 1, count] as const);
same<typeof fixed, Promise<[string, 1, number]>>();
const eleven = all(signal, () => [text, text, text, text, text, text, text, text, text, text, count]);
same<Awaited<typeof eleven>['length'], 11>();
same<Awaited<typeof eleven>[10], number>();
const many = all(signal, () => ['a', 'b'].map(async (name) => name.length));
same<typeof many, Promise<number[]>>();
const set = all(signal, () => new Set([count]));
same<typeof set, Promise<number[]>>();
const generated = all(signal, function* () {
	yield text;
	yield count;
});
same<typeof generated, Promise<(string | number)[]>>();
const none = all(signal, () => []);
same<typeof none, Promise<[]>>();
const named = all<number>(signal, () => [count]);
same<typeof named, Promise<number[]>>();
// @ts-expect-error -- an async executor returns no iterable
void all(signal, async () => [text]);
// @ts-expect-error -- the executor comes second
void all(() => [text]);

// race: one of them
const either = race(signal, () => [text, count]);
same<typeof either, Promise<string | number>>();
const plain = race(signal, () => ['a', count]);
same<typeof plain, Promise<string | number>>();
const answered = race(signal, (inner) => [delay(inner, 10).then(() => ({late: true}) as const), text]);
same<typeof answered, Promise<string | {readonly late: true}>>();
const raced = race<Promise<number>>(signal, () => [count]);
same<typeof raced, Promise<number>>();
// @ts-expect-error -- nothing that could be iterated over
void race(signal, () => text);

// Inner signals can be paused; functions that want a plain one take them.
void all(signal, (inner) => [inner.checkpoint()]);
void race(signal, (inner) => [inner.gate.wait()]);
void retry(signal, (inner) => inner.checkpoint());
void proactiveRetry(signal, (inner) => inner.checkpoint());
void spawn(signal, (inner, {fork}) =>
	fork((forkSignal) => forkSignal.checkpoint())
		.join()
		.then(() => inner.paused),
);
void shield(signal, (inner) => inner.checkpoint());
run((inner) => inner.checkpoint());
const takesPlain = async (plainSignal: AbortSignal): Promise<number> => (plainSignal.aborted ? 0 : 1);
same<Promise<number>, ReturnType<typeof retry<number>>>();
const retried = retry(signal, takesPlain);
same<typeof retried, Promise<number>>();
void all(signal, (plainSignal: AbortSignal) => [takesPlain(plainSignal)]);
void retry(pausable, takesPlain);
// @ts-expect-error -- a controller is no signal
void forever(new AbortController());

// execute
const executed = execute<string>(signal, (resolve, reject) => {
	resolve('value');
	resolve(text);
	reject();
	reject('anything');
	// @ts-expect-error -- not what was promised
	resolve(7);
	return () => {};
});
same<typeof executed, Promise<string>>();
void execute<void>(signal, (resolve) => {
	resolve();
	return async () => {};
});
void execute(signal, () => (reason: unknown) => void reason);
// @ts-expect-error -- the callback for the abort is missing
void execute<void>(signal, (resolve) => resolve());
// @ts-expect-error -- an async executor returns a promise and no callback
void execute<void>(signal, async (resolve) => () => resolve());

// abortable, forever
same<ReturnType<typeof abortable<number>>, Promise<number>>();
const wrapped = abortable(signal, count);
same<typeof wrapped, Promise<number>>();
const endless = forever(signal);
same<typeof endless, Promise<never>>();

// retry, proactiveRetry
void retry(
	signal,
	async (_inner, attempt, reset) => {
		same<typeof attempt, number>();
		same<typeof reset, () => void>();
	},
	{baseMs: 1, maxDelayMs: 2, maxAttempts: 3, onError: (error, attempt, ms) => [error, attempt + ms].length},
);
const errors: unknown[] = [];
const retryOptions: RetryOptions = {onError: (error) => errors.push(error), baseMs: undefined};
const hedgeOptions: ProactiveRetryOptions = {onError: async () => {}};
void proactiveRetry(signal, async (_inner, attempt) => attempt, hedgeOptions);
void retry(signal, async () => {}, retryOptions);
// @ts-expect-error -- there is no such option
void retry(signal, async () => {}, {retries: 3});
// @ts-expect-error -- that one is for retry() alone
void proactiveRetry(signal, async () => {}, {maxDelayMs: 3});

// spawn
const spawned = spawn(signal, async (_inner, effects) => {
	same<typeof effects, SpawnEffects>();
	const {fork, defer} = effects;
	defer(() => {});
	defer(async () => {});
	const task = fork(async () => 1);
	same<typeof task, ForkTask<number>>();
	task.abort();
	task.abort('reason');
	return task.join();
});
same<typeof spawned, Promise<number>>();
// @ts-expect-error -- nobody would see the value
void spawn(signal, (_inner, {defer}) => defer(() => 7));

// run
const stop = run(async () => {});
same<ReturnType<typeof stop>, Promise<void>>();
const stopLike: () => Promise<void> = stop;
void stopLike();
// @ts-expect-error -- stopping takes no reason, as it is often an event handler
void stop('reason');

// shield
const saved = shield(signal, async () => 'saved', {pause: false, abort: true, grace: 10});
same<typeof saved, Promise<string>>();
// @ts-expect-error -- milliseconds
void shield(signal, () => {}, {grace: '10s'});

// waitForEvent
declare const port: MessagePort;
const message = waitForEvent<MessageEvent>(signal, port, 'message', {passive: true});
same<typeof message, Promise<MessageEvent>>();
void waitForEvent(signal, new EventTarget(), 'any');
void waitForEvent<[number, string]>(signal, new EventEmitter(), 'exit');
void waitForEvent<string>(signal, process.stdin, Symbol('any'));
const like: EventTargetLike<Event> = new EventTarget();
void waitForEvent(signal, like, 'any');
const noOptions: EventTargetLike.EventListenerOptions = {once: true};
void waitForEvent(signal, like, 'any', noOptions);
// @ts-expect-error -- no event target
void waitForEvent(signal, {}, 'any');

// abort errors
declare const error: unknown;
if (isAbortError(error)) same<typeof error, Error>();
void text.catch(catchAbortError);
declare const abortError: AbortError;
same<typeof abortError.name, 'AbortError'>();
