// Checked by `npm run check`, never run: what the types of the testing room promise and refuse.
import {type PausableSignal, Task} from 'pausable-signal';
import {PausableQueue} from 'pausable-signal/queue';
import {
	type FaultKind,
	type Leftovers,
	leftOn,
	sequence,
	sweep,
	type SweepAction,
	type SweepContext,
	type SweepReport,
	type VirtualTime,
	virtualTime,
	whenParked,
} from 'pausable-signal/testing';
import {same} from './same.ts';

declare const signal: PausableSignal;
declare const plain: AbortSignal;

// sweep
same<SweepAction, 'abort' | 'pause-resume' | 'pause-abort' | 'resume-pause'>();
same<ReturnType<typeof sweep>, Promise<SweepReport>>();
void sweep(async (context) => same<typeof context, SweepContext>());
void sweep(() => 1, {actions: ['abort'], gaps: [], only: 'abort@1', seed: 3, time: 'real'});
void sweep(({signal: inner, task, check, onEnd}) => {
	same<typeof inner, PausableSignal>();
	same<Task<number>, ReturnType<typeof task<number>>>();
	check(({interruption, aborted, outcome}) => {
		same<typeof interruption, string | undefined>();
		same<typeof aborted, boolean>();
		if (outcome.status === 'rejected') void outcome.reason;
		// @ts-expect-error -- only one that was fulfilled has a value
		void outcome.value;
	});
	onEnd(async () => {});
});
const kind: FaultKind = 'never settles';
void kind;
// @ts-expect-error -- a program is needed
void sweep();
// @ts-expect-error -- one of four actions
void sweep(() => 1, {actions: ['stop']});
// @ts-expect-error -- an object
void sweep(() => 1, signal);

// virtualTime
same<ReturnType<typeof virtualTime>, VirtualTime>();
virtualTime({now: new Date(), autojump: true})[Symbol.dispose]();
// @ts-expect-error -- milliseconds or a date
virtualTime({now: 'noon'});
// @ts-expect-error -- time is moved by its methods
virtualTime().now = 3;

// whenParked
same<ReturnType<typeof whenParked>, Promise<boolean>>();
void whenParked(Task.start(() => 1));
void whenParked(new PausableQueue(), {timeout: 5});
void whenParked(new PausableQueue().taskSet('set'));
void whenParked(signal);
// @ts-expect-error -- nothing that can be parked
void whenParked(Promise.resolve());

// leftOn, sequence
same<ReturnType<typeof leftOn>, Leftovers>();
leftOn(plain);
// @ts-expect-error -- a signal is needed
leftOn(Task.start(() => 1));
same<ReturnType<typeof sequence>, (step: number) => Promise<void>>();
// @ts-expect-error -- a number
void sequence()('one');
