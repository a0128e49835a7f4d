export type {SweepAction} from './interruption.ts';
export {leftOn, type Leftovers} from './left-on.ts';
export {sequence} from './sequence.ts';
export {sweep, type SweepReport} from './sweep.ts';
export {SweepError, type SweepFault} from './sweep-error.ts';
export type {SweepOptions} from './sweep-options.ts';
export type {Fault, FaultKind, SweepContext, SweepRun} from './sweep-run.ts';
export {VirtualTime, virtualTime, type VirtualTimeOptions} from './virtual-time.ts';
export {type Parkable, whenParked, type WhenParkedOptions} from './when-parked.ts';
