// What a thread and its host say to each other, besides the state of a signal (channel.ts).
import type {ChannelEnd, StateMessage} from './channel.ts';
import type {Wire} from './wire.ts';

/** The first message to a worker, by its own port: from then on everything goes by the channel. */
export interface StartMessage extends ChannelEnd {
	readonly pausableThread: 1;
	/** The module whose default function it runs; undefined where the worker's module has it. */
	readonly module: string | undefined;
}

/** To the thread: what its function is to be given, before a `RunMessage` without it. */
export interface JobMessage {
	readonly data: unknown;
}

/** To the thread: run the function under a signal that begins in this state. */
export interface RunMessage {
	readonly run: StateMessage;
	readonly name: string | undefined;
	/** No other run follows: the thread may end. */
	readonly isLast: boolean;
	/** What the function is to be given, unless a `JobMessage` has brought it. */
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

/** From the thread of a browser, which tells its host little of an error that nobody caught. */
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
