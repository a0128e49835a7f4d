// Checked by `npm run check`, never run: A3, a signal or a list instead of the options is refused by every
// function that takes options. A pausable signal shares a name with some of them, a plain one does not.
import * as root from 'pausable-signal';
import {download, pausableFetch} from 'pausable-signal/fetch';
import {PausableQueue, type TaskSet} from 'pausable-signal/queue';
import {pausableStream} from 'pausable-signal/streams';

declare const signal: root.PausableSignal;
declare const plain: AbortSignal;
declare const task: root.Task<number>;
declare const queue: PausableQueue;
declare const set: TaskSet;
const work = async (): Promise<void> => {};

// @ts-expect-error -- no options
new root.PausableController(signal).pause();
// @ts-expect-error -- no options
new root.PausableController(plain).pause();
// @ts-expect-error -- no options
new root.PausableController([signal, plain]).pause();
// @ts-expect-error -- no options
void root.PausableSignal.any([], signal);
// @ts-expect-error -- no options
void new root.Gate().wait(signal);
// @ts-expect-error -- no options
void signal.gate.wait(signal);
// @ts-expect-error -- no options
void root.Task.start(work, signal);
// @ts-expect-error -- no options
void root.Task.start(work, plain);
// @ts-expect-error -- no options
void root.Task.start(work, [signal]);
// @ts-expect-error -- no options
void task.pause('why', signal);
// @ts-expect-error -- no options
void task.stop('why', signal);
// @ts-expect-error -- no options
void task.join(signal);
// @ts-expect-error -- no options
void root.delay(signal, 5, signal);
// @ts-expect-error -- no options
void root.interval(signal, 5, signal);
// @ts-expect-error -- no options
void root.deadline(signal, 5, signal);
// @ts-expect-error -- no options
void root.retry(signal, work, signal);
// @ts-expect-error -- no options
void root.proactiveRetry(signal, work, signal);
// @ts-expect-error -- no options
void root.shield(signal, work, signal);
// @ts-expect-error -- no options
void root.waitForEvent(signal, new EventTarget(), 'event', signal);
// @ts-expect-error -- no options
void pausableStream(signal, [], signal);
// @ts-expect-error -- no options
void pausableFetch('/', signal);
// @ts-expect-error -- no options
void download('/', 'file', signal);
// @ts-expect-error -- no options
void new PausableQueue(signal);
// @ts-expect-error -- no options
void new PausableQueue(plain);
// @ts-expect-error -- no options
void new PausableQueue([signal]);
// @ts-expect-error -- no options
void queue.add(work, signal);
// @ts-expect-error -- no options
void queue.addAll([work], signal);
// @ts-expect-error -- no options
void queue.taskSet('name', signal);
// @ts-expect-error -- no options
void queue.pause('why', signal);
// @ts-expect-error -- no options
void queue.hold('why', signal);
// @ts-expect-error -- no options
void queue.onIdle(signal);
// @ts-expect-error -- no options
void queue.onSizeLessThan(1, signal);
// @ts-expect-error -- no options
void queue.map([], work, signal);
// @ts-expect-error -- no options
void queue.stop('why', signal);
// @ts-expect-error -- no options
void queue.shutdown(signal);
// @ts-expect-error -- no options
void queue.onError(signal);
// @ts-expect-error -- no options
void set.taskSet('name', signal);
// @ts-expect-error -- no options
void set.add(work, signal);
