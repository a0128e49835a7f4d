export {
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
} from './core/index.ts';
export * from './time/index.ts';
export * from './task/index.ts';
export * from './iterate/index.ts';
