// Checked by `npm run check`, never run: what the types of the time room promise and refuse.
import {
	type Clock,
	type ClockOptions,
	deadline,
	delay,
	interval,
	type PausableSignal,
	type Stopwatch,
	stopwatch,
} from 'pausable-signal';
import {same} from './same.ts';

declare const signal: AbortSignal;
declare const pausable: PausableSignal;

same<Clock, 'active' | 'wall'>();
const options: ClockOptions = {clock: undefined};

// delay
same<ReturnType<typeof delay>, Promise<void>>();
void delay(signal, 10);
void delay(pausable, Infinity);
void delay(signal, new Date());
void delay(signal, 10, {clock: 'wall'});
void delay(signal, 10, options);
// @ts-expect-error -- milliseconds or a date
void delay(signal, '10 s');
// @ts-expect-error -- a duration is needed
void delay(signal);
// @ts-expect-error -- the signal comes first
void delay(10, signal);
// @ts-expect-error -- one of two clocks
void delay(signal, 10, {clock: 'moon'});
// @ts-expect-error -- an object, which can say more one day
void delay(signal, 10, 'wall');

// interval
const ticks = interval(signal, 10);
same<typeof ticks, AsyncIterable<number>>();
void interval(pausable, 10, {clock: 'wall'});
async function tick(): Promise<void> {
	for await (const count of ticks) same<typeof count, number>();
}
void tick;
// @ts-expect-error -- a period, not a date
void interval(signal, new Date());

// deadline
same<ReturnType<typeof deadline>, PausableSignal>();
void deadline(signal, 10);
void deadline(pausable, 10, {clock: 'active'});
void fetch('http://127.0.0.1/', {signal: deadline(signal, 10)});
void deadline(signal, 10).checkpoint();
// @ts-expect-error -- one of two clocks
void deadline(signal, 10, {clock: true});
// @ts-expect-error -- a duration, not a date
void deadline(signal, new Date());

// stopwatch
same<ReturnType<typeof stopwatch>, Stopwatch>();
function measure(): number {
	using watch = stopwatch(signal);
	same<typeof watch.elapsed, number>();
	same<typeof watch.paused, number>();
	same<ReturnType<typeof watch.stop>, void>();
	// @ts-expect-error -- it only goes on
	watch.elapsed = 0;
	return watch.elapsed;
}
void measure;
// @ts-expect-error -- a signal to measure on
stopwatch();
