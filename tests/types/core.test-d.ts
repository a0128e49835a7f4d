// Checked by `npm run check`, never run: what the types of the core promise and refuse.
import * as peer from 'abort-controller-x';
import {EventEmitter, on, once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {addAbortSignal, Readable} from 'node:stream';
import {setTimeout as wait} from 'node:timers/promises';
import {
	type AnyOptions,
	Gate,
	type GateWaitOptions,
	type HoldInfo,
	PausableController,
	type PausableControllerOptions,
	PausableSignal,
	type PausableSignalEventMap,
	type PauseHold,
	type SignalGate,
	type SignalWaitOptions,
} from 'pausable-signal';
import {same} from './same.ts';

declare const plain: AbortSignal;
declare const pausable: PausableSignal;
declare const maybe: AbortSignal | undefined;
declare const unknown: unknown;

// A controller is the platform's, and so is its signal.
const controller = new PausableController();
same<typeof controller.signal, PausableSignal>();
const asPlain: AbortController = controller;
const signalAsPlain: AbortSignal = controller.signal;
void [asPlain, signalAsPlain];
// @ts-expect-error -- a plain controller cannot pause
const notPausable: PausableController = new AbortController();
// @ts-expect-error -- a plain signal cannot be paused
const notPausableSignal: PausableSignal = plain;
void [notPausable, notPausableSignal];
// @ts-expect-error -- it comes from a controller, or from a static method
new PausableSignal();
// @ts-expect-error -- its controller alone changes it
controller.signal.paused = true;
// @ts-expect-error -- a signal has no verbs
controller.signal.pause();

// Options of a controller
new PausableController({});
new PausableController({signal: plain});
new PausableController({signal: pausable, name: 'job'});
new PausableController({signal: [plain, pausable]});
new PausableController({signal: [plain] as const});
new PausableController({signal: maybe, name: undefined});
const options: PausableControllerOptions = {signal: undefined};
new PausableController(options);
// @ts-expect-error -- no signal
new PausableController({signal: 'signal'});
// @ts-expect-error -- a controller is no signal
new PausableController({signal: controller});
// @ts-expect-error -- no name
new PausableController({name: 7});
// @ts-expect-error -- there is no such option
new PausableController({parent: plain});
// @ts-expect-error -- options, not a signal
new PausableController(plain).pause();
// @ts-expect-error -- not one of several may be missing
new PausableController({signal: [plain, maybe]});

// Its verbs
same<ReturnType<typeof controller.pause>, boolean>();
same<ReturnType<typeof controller.resume>, boolean>();
same<ReturnType<typeof controller.step>, boolean>();
same<ReturnType<typeof controller.hold>, PauseHold>();
controller.pause();
controller.pause({any: 'reason'});
controller.abort(null);
// @ts-expect-error -- only what is taken back can have a reason
controller.resume('reason');

// Holds and controllers have an end.
function hold(): void {
	using held = controller.hold('back-off');
	same<typeof held, PauseHold>();
	same<typeof held.reason, unknown>();
	same<typeof held.since, number>();
	same<ReturnType<typeof held.release>, boolean>();
	using child = new PausableController({signal: held.reason as AbortSignal});
	child.pause();
	// @ts-expect-error -- a signal has no end
	using signal = child.signal;
	void signal;
}
void hold;
const info: HoldInfo = controller.hold();
void info;

// A signal
same<typeof pausable.paused, boolean>();
same<typeof pausable.pauseReason, unknown>();
same<typeof pausable.reason, unknown>();
same<typeof pausable.holds, readonly HoldInfo[]>();
same<typeof pausable.name, string | undefined>();
same<typeof pausable.gate, SignalGate>();
same<ReturnType<typeof pausable.checkpoint>, Promise<void>>();
same<ReturnType<typeof pausable.gate.wait>, Promise<boolean>>();
const waitOptions: SignalWaitOptions = {timeout: undefined};
void pausable.gate.wait({timeout: 10});
void pausable.gate.wait(waitOptions);
// @ts-expect-error -- it belongs to a signal already
void pausable.gate.wait({signal: plain});
// @ts-expect-error -- milliseconds
void pausable.gate.wait(10);
// @ts-expect-error -- a signal's gate follows the signal
pausable.gate.open();
// @ts-expect-error -- frozen in fact
pausable.holds.push(info);

// Events: known names have a known `this`, others are as on every EventTarget.
pausable.addEventListener('pause', function (event) {
	same<typeof this, PausableSignal>();
	same<typeof event, Event>();
});
pausable.addEventListener('abort', function (event) {
	same<typeof this, PausableSignal>();
	same<typeof event, Event>();
});
pausable.addEventListener('resume', () => {}, {once: true, signal: plain, passive: true});
pausable.addEventListener('resume', () => 7, true);
pausable.addEventListener('anything', (event) => void event.type);
pausable.addEventListener('pause', {handleEvent: (event) => void event.type});
pausable.addEventListener('pause', null);
const listener = (event: Event): void => void event;
pausable.removeEventListener('pause', listener);
pausable.removeEventListener('pause', listener, {capture: true});
same<keyof PausableSignalEventMap, 'abort' | 'pause' | 'resume'>();
// @ts-expect-error -- a listener
pausable.addEventListener('pause', 7);
// @ts-expect-error -- an option
pausable.addEventListener('pause', listener, {times: 1});
pausable.onpause = (event) => void event.type;
pausable.onresume = function () {
	same<typeof this, PausableSignal>();
};
pausable.onabort = null;
// @ts-expect-error -- a handler, or null
pausable.onpause = 'stop';

// Statics
same<ReturnType<typeof PausableSignal.any>, PausableSignal>();
void PausableSignal.any([plain, pausable]);
void PausableSignal.any(new Set([plain]));
void PausableSignal.any([plain], {pause: pausable});
void PausableSignal.any([plain], {pause: [pausable]});
void PausableSignal.any([plain], {pause: undefined});
const anyOptions: AnyOptions = {pause: []};
void PausableSignal.any([], anyOptions);
// @ts-expect-error -- several
void PausableSignal.any(plain);
// @ts-expect-error -- a plain signal never pauses
void PausableSignal.any([plain], {pause: plain});
// @ts-expect-error -- nor do several
void PausableSignal.any([plain], {pause: [plain]});
// @ts-expect-error -- a choice of signals
void PausableSignal.any([plain], {pause: false});
same<ReturnType<typeof PausableSignal.from>, PausableSignal>();
void PausableSignal.from(plain);
// @ts-expect-error -- no signal
void PausableSignal.from(maybe);
same<ReturnType<typeof PausableSignal.abort>, PausableSignal>();
same<ReturnType<typeof PausableSignal.timeout>, PausableSignal>();
same<typeof PausableSignal.none, PausableSignal>();
const optional = (signal: PausableSignal = PausableSignal.none): boolean => signal.paused;
void optional();
if (unknown instanceof PausableSignal) same<typeof unknown, PausableSignal>();
if (plain instanceof PausableSignal) same<typeof plain, PausableSignal>();

// Gates
const gate = new Gate();
new Gate(false);
same<typeof gate.isOpen, boolean>();
same<typeof gate.waiting, number>();
same<ReturnType<typeof gate.open>, boolean>();
same<ReturnType<typeof gate.close>, boolean>();
same<ReturnType<typeof gate.release>, number>();
same<ReturnType<typeof gate.wait>, Promise<boolean>>();
const gateOptions: GateWaitOptions = {signal: maybe, timeout: undefined};
void gate.wait(gateOptions);
void gate.wait({signal: pausable, timeout: 10});
// @ts-expect-error -- open or not
new Gate('closed');
// @ts-expect-error -- open() and close() change it
gate.isOpen = true;

// Whatever takes the platform's signal takes ours.
const url = 'http://127.0.0.1/';
void fetch(url, {signal: pausable});
new Request(url, {signal: pausable});
void AbortSignal.any([pausable, plain]);
new EventTarget().addEventListener('news', listener, {signal: pausable});
void once(new EventEmitter(), 'news', {signal: pausable});
void on(new EventEmitter(), 'news', {signal: pausable});
void wait(10, undefined, {signal: pausable});
void readFile(url, {signal: pausable});
addAbortSignal(pausable, Readable.from([]));
void new ReadableStream().pipeTo(new WritableStream(), {signal: pausable});
void peer.delay(pausable, 10);
void peer.all(pausable, (inner) => [peer.forever(inner)]);
void peer.race(pausable, (inner) => [peer.forever(inner)]);
void peer.retry(pausable, async (inner) => inner.aborted);
void peer.proactiveRetry(pausable, async (inner) => inner.aborted);
void peer.spawn(pausable, async (inner) => inner.aborted);
void peer.execute<void>(pausable, (resolve) => {
	resolve();
	return () => {};
});
void peer.abortable(pausable, Promise.resolve());
void peer.waitForEvent(pausable, new EventTarget(), 'news');
