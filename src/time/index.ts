export type {Clock, ClockOptions} from './clock.ts';
export {deadline} from './deadline.ts';
export {delay} from './delay.ts';
export {interval} from './interval.ts';
export {type Stopwatch, stopwatch} from './stopwatch.ts';

// Names that the other folders use; not public.
export {now} from './clock.ts';
export {Countdown} from './countdown.ts';
