import {expectOneOf, expectOptions} from '../core/index.ts';

/** The time that counts: `active` stops while the signal is paused, `wall` never stops. */
export type Clock = 'active' | 'wall';

/** Options of the functions that measure time. */
export interface ClockOptions {
	/** Default: `active`. */
	readonly clock?: Clock | undefined;
}

export function expectClock(options: ClockOptions | undefined): Clock {
	expectOptions('options', options, '{clock}');
	return options?.clock === undefined ? 'active' : expectOneOf('clock', ['active', 'wall'], options.clock);
}

/** Monotonic milliseconds. */
export function now(): number {
	return performance.now();
}
