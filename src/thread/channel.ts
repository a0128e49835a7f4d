import type {Port} from './platform.ts';
import type {Wire} from './wire.ts';
import {createMemory, type State} from './words.ts';

/** The means by which a signal crosses, as one side has them. */
export interface Channel {
	readonly port: Port;
	/** Null if no memory can be shared: then only messages carry the state. */
	readonly words: Int32Array | null;
	/** The newest version of the state that this side knows. */
	version: number;
}

/** The other side of a channel, for a message, which must transfer `port`. */
export interface ChannelEnd {
	readonly port: Port;
	readonly memory: SharedArrayBuffer | null;
}

/** From the sender: the present state. */
export interface StateMessage {
	readonly version: number;
	readonly state: State;
	readonly holds?: readonly {readonly reason: Wire; readonly since: number}[];
	readonly reason?: Wire;
	/** The sender gives the signal up. */
	readonly isLost?: true;
}

/** From the receiver: whether its work stands still in this version of the state. */
export interface RestMessage {
	readonly version: number;
	readonly isParked: boolean;
}

export function createChannel(): {readonly channel: Channel; readonly end: ChannelEnd} {
	const {port1, port2} = new MessageChannel();
	const memory = createMemory();
	const words = memory && new Int32Array(memory);
	return {channel: {port: port1, words, version: 0}, end: {port: port2, memory}};
}

export function joinChannel({port, memory}: ChannelEnd): Channel {
	return {port, words: memory && new Int32Array(memory), version: 0};
}

export function isStateMessage(message: object): message is StateMessage {
	return 'state' in message;
}

export function isRestMessage(message: object): message is RestMessage {
	return 'isParked' in message;
}
