// The messages between a thread and its host, besides the state of a signal (channel.ts).
import type {ChannelEnd, StateMessage} from './channel.ts';
import type {Wire} from './wire.ts';

/** The first message to a worker, through its own port: all later ones go through the channel. */
export interface StartMessage extends ChannelEnd {
	readonly pausableThread: 1;
	/** The module whose default function it runs; undefined if that is the worker's own module. */
	readonly module: string | undefined;
}

/** To the thread: the function's `data`, before a `RunMessage` without it. */
export interface JobMessage {
	readonly data: unknown;
}

/** To the thread: run the function under a signal that begins in this state. */
export interface RunMessage {
	readonly run: StateMessage;
	readonly name: string | undefined;
	/** Whether no other run follows, so that the thread may end. */
	readonly isLast: boolean;
	/** The function's `data`, unless a `JobMessage` has brought it. */
	readonly data?: unknown;
}

/** To the thread: end, as no run follows. */
export interface EndMessage {
	readonly end: true;
}

/** From the thread. */
export interface ProgressMessage {
	readonly progress: unknown;
}

/** From a thread in a browser, where the platform tells its host little of an uncaught error. */
export interface CrashMessage {
	readonly crashed: Wire;
}

/** From the thread: how its function ended. */
export type AnswerMessage = {readonly returned: Wire} | {readonly threw: Wire};

export function isStartMessage(message: unknown): message is StartMessage {
	return typeof message === 'object' && message !== null && 'pausableThread' in message;
}

export function isAnswer(message: object): message is AnswerMessage {
	return 'returned' in message || 'threw' in message;
}
