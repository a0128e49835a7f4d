// Checked by `npm run check`, never run: what the types of tasks promise and refuse.
import {
	forever,
	type PausableSignal,
	type PauseHold,
	StopTimeoutError,
	Task,
	type TaskContext,
	type TaskEventMap,
	type TaskOptions,
	type TaskState,
	type TaskStopOptions,
	type TaskWaitOptions,
} from 'pausable-signal';
import {same} from './same.ts';

declare const signal: AbortSignal;
declare const thenable: PromiseLike<string>;

// What the function returns is what the task results in, with or without a promise around it.
const plain = Task.start(() => 7);
same<typeof plain, Task<number>>();
same<typeof plain.result, Promise<number>>();
const promised = Task.start(async () => 'text');
same<typeof promised.result, Promise<string>>();
const like = Task.start(() => thenable);
same<typeof like.result, Promise<string>>();
const either = Task.start((): number | Promise<number> => 7);
same<typeof either.result, Promise<number>>();
const nothing = Task.start(() => {});
same<typeof nothing.result, Promise<void>>();
const endless = Task.start((context) => forever(context.signal));
same<typeof endless.result, Promise<never>>();
const named: Task<number> = Task.start<number>(async () => 7);
// @ts-expect-error -- not what was promised
void Task.start<number>(async () => 'text');
// @ts-expect-error -- a function
void Task.start(Promise.resolve(7));
// @ts-expect-error -- tasks are started
new Task(() => 7);

// The context
void Task.start((context) => {
	same<typeof context, TaskContext>();
	same<typeof context.signal, PausableSignal>();
	same<typeof context.name, string | undefined>();
	// @ts-expect-error -- its owner has the verbs
	context.pause();
});
void Task.start(async ({signal: own, report}) => {
	while (await own.gate.wait()) report('anything');
});

// Progress is unknown unless it is said what it is.
same<typeof plain.progress, unknown>();
const counting = Task.start<void, number>(({report}) => {
	report(1);
	// @ts-expect-error -- a number
	report('one');
});
same<typeof counting.progress, number | undefined>();
const inferred = Task.start(async ({report}: TaskContext<{readonly done: number}>) => {
	report({done: 1});
	return true;
});
same<typeof inferred, Task<boolean, {readonly done: number}>>();
same<typeof inferred.progress, {readonly done: number} | undefined>();

// Options
void Task.start(() => {}, {});
void Task.start(() => {}, {signal, name: 'job', keepAlive: false, grace: 10});
void Task.start(() => {}, {signal: [signal, plain.signal]});
const options: TaskOptions = {signal: undefined, name: undefined, keepAlive: undefined, grace: undefined};
void Task.start(() => {}, options);
// @ts-expect-error -- milliseconds
void Task.start(() => {}, {grace: '10 s'});
// @ts-expect-error -- there is no such option
void Task.start(() => {}, {timeout: 10});

// The verbs
same<ReturnType<typeof plain.pause>, Promise<boolean>>();
same<ReturnType<typeof plain.resume>, boolean>();
same<ReturnType<typeof plain.hold>, PauseHold>();
same<ReturnType<typeof plain.stop>, Promise<void>>();
same<ReturnType<typeof plain.join>, Promise<boolean>>();
const waitOptions: TaskWaitOptions = {timeout: undefined};
const stopOptions: TaskStopOptions = {grace: undefined};
void plain.pause();
void plain.pause('user', {timeout: 10});
void plain.pause(undefined, waitOptions);
void plain.join({timeout: 10});
void plain.stop('user', {grace: 10});
void plain.stop(undefined, stopOptions);
// @ts-expect-error -- an option of stop()
void plain.pause('user', {grace: 10});
// @ts-expect-error -- an option of pause() and join()
void plain.stop('user', {timeout: 10});
// @ts-expect-error -- milliseconds are an option
void plain.join(10);

// What it shows
same<TaskState, 'running' | 'pausing' | 'paused' | 'stopping' | 'completed' | 'failed' | 'stopped'>();
same<typeof plain.state, TaskState>();
same<typeof plain.isEnded, boolean>();
same<typeof plain.signal, PausableSignal>();
same<typeof plain.name, string | undefined>();
// @ts-expect-error -- it follows from what happens
plain.state = 'stopped';
// @ts-expect-error -- neither does anybody else settle it
plain.result = Promise.resolve(7);
// @ts-expect-error -- a misspelt state is found
if (plain.state === 'cancelled') void plain;
// A task of anything can be put where all tasks go.
const all: readonly Task<unknown>[] = [plain, promised, nothing, endless, named];
void all;

// Events
plain.addEventListener('statechange', function (event) {
	same<typeof this.state, TaskState>();
	same<typeof event, Event>();
});
plain.addEventListener('progress', () => {}, {once: true, signal});
plain.addEventListener('anything', (event) => void event.type);
const listener = (): void => {};
plain.removeEventListener('progress', listener);
same<keyof TaskEventMap, 'statechange' | 'progress'>();
// @ts-expect-error -- a listener
plain.addEventListener('progress', 7);

// The end of a block stops it.
async function block(): Promise<number> {
	await using task = Task.start(async () => 7, {signal});
	// @ts-expect-error -- stopping takes time
	using late = Task.start(() => {});
	void late;
	return task.result;
}
void block;

// The error of a stop that gave up
const error = new StopTimeoutError('job', 10);
same<typeof error.task, string>();
same<typeof error.grace, number>();
const asError: Error = error;
void asError;
// @ts-expect-error -- the grace is missing
new StopTimeoutError('job');
