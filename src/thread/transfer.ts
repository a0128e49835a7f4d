import {
	countFlows,
	describe,
	detach,
	expectOneOf,
	expectOptions,
	expectSignal,
	type NotASignal,
	PausableController,
	wrongType,
} from '../core/index.ts';
import {
	type ChannelEnd,
	createChannel,
	isRestMessage,
	isStateMessage,
	joinChannel,
	type StateMessage,
} from './channel.ts';
import {SignalLostError} from './errors.ts';
import {listenTo} from './platform.ts';
import {Receiver} from './receiver.ts';
import {Sender} from './sender.ts';
import type {ThreadSignal} from './thread-signal.ts';

/** A signal on its way to another thread, from {@link transferSignal}. */
export interface SignalTransfer {
	/** Send this: alone, or anywhere in a message. */
	readonly message: object;
	/**
	 * Pass this to `postMessage` as its second argument. It holds a port; both Node's `postMessage` and
	 * the browser's accept its type.
	 */
	readonly transfer: never[];
	/** Gives the receiver up, and leaves nothing on the signal. */
	[Symbol.dispose](): void;
}

/** Options of {@link receiveSignal}. */
export interface ReceiveOptions extends NotASignal {
	/**
	 * When the sender is gone: abort with a `SignalLostError`, or keep the state as it is. Default:
	 * `abort`. Browsers do not report the end of a thread: there, only disposing of the transfer counts.
	 */
	readonly onLost?: 'abort' | 'ignore' | undefined;
	/** A name for the signal, for messages and displays. */
	readonly name?: string | undefined;
}

// The number grows when the format of the messages changes.
const format = 1;

interface SignalMessage extends ChannelEnd {
	readonly pausableSignal: number;
	readonly first: StateMessage;
}

/**
 * Turns a signal into a message, for a worker or any `MessagePort`. `receiveSignal()` turns it back
 * into a signal there, which follows pauses with their reasons, and the abort.
 *
 * Use it to give your own workers, or those of piscina, tinypool or workerpool, a signal that you can
 * pause. The `pause()` of a `Task` or a queue around it resolves when the other side stands still; as
 * long as nobody has received the message, it does not. One message is for one receiver. A plain
 * `AbortSignal` passes on only its abort.
 *
 * It does not keep the process alive. Dispose of it when the work is over. Throws a `TypeError` if
 * `signal` is not an `AbortSignal`.
 *
 * @example
 * ```ts
 * import {PausableController} from 'pausable-signal';
 * import {receiveSignal, transferSignal} from 'pausable-signal/thread';
 *
 * const controller = new PausableController();
 * const {message, transfer} = transferSignal(controller.signal);
 * const {port1, port2} = new MessageChannel();
 * port1.postMessage(message, transfer);
 * const signal = await new Promise<AbortSignal>((resolve) => {
 * 	port2.onmessage = ({data}) => resolve(receiveSignal(data));
 * });
 * controller.abort('enough');
 * signal.reason; // => 'enough'
 * port2.close();
 * ```
 */
export function transferSignal(signal: AbortSignal): SignalTransfer {
	const inner = new PausableController({signal: expectSignal('signal', signal)}).signal;
	const flow = countFlows(signal, inner);
	const {channel, end} = createChannel();
	const {port} = channel;
	const sender = new Sender(channel, inner);
	const first = sender.first();
	let isSent = true;
	const leave = (): void => {
		if (!isSent) return;
		isSent = false;
		sender.end();
		flow.end();
		detach(inner);
	};
	listenTo(port, (answer) => {
		if (isRestMessage(answer)) sender.noteAnswer(answer);
	});
	port.addEventListener('close', leave);
	port.unref?.();
	const message: SignalMessage = {pausableSignal: format, ...end, first};
	return {
		message,
		transfer: [end.port as never],
		[Symbol.dispose]() {
			sender.lose();
			leave();
			port.close();
		},
	};
}

const received = new WeakSet<MessagePort>();

/**
 * Turns a message from `transferSignal()` back into a signal.
 *
 * It pauses and aborts with the sent signal. Wait on it and make children of it as of any other, or
 * call `checkpointSync()` in a loop that never awaits. A `pause()` on the other side resolves when the
 * code here stands still. It does not keep the process alive.
 *
 * Throws a `TypeError` if the message is none of these, or was already received.
 *
 * @example
 * ```ts
 * import {PausableController} from 'pausable-signal';
 * import {receiveSignal, ThreadSignal, transferSignal} from 'pausable-signal/thread';
 *
 * const controller = new PausableController();
 * controller.pause('lunch');
 * using transfer = transferSignal(controller.signal);
 * const signal = receiveSignal(transfer.message, {name: 'copy'});
 * signal instanceof ThreadSignal; // => true
 * signal.pauseReason; // => 'lunch'
 * controller.resume();
 * signal.paused; // => false
 * ```
 */
export function receiveSignal(message: unknown, options?: ReceiveOptions): ThreadSignal {
	expectOptions('options', options, '{onLost}');
	const {onLost = 'abort', name} = options ?? {};
	expectOneOf('onLost', ['abort', 'ignore'], onLost);
	if (name !== undefined && typeof name !== 'string') throw wrongType('name', 'a string', name);
	const {first, port, memory} = expectMessage(message);
	if (received.has(port)) throw new TypeError('message: expected one that was not received before');
	received.add(port);
	return follow({port, memory}, first, name, onLost === 'abort');
}

function follow(
	end: ChannelEnd,
	first: StateMessage,
	name: string | undefined,
	abort: boolean,
): ThreadSignal {
	const {port} = end;
	const lose = (): void => {
		if (abort) receiver.abort(new SignalLostError());
	};
	const receiver = new Receiver(joinChannel(end), first, name, lose);
	const {signal} = receiver;
	listenTo(port, (change) => {
		if (isStateMessage(change)) receiver.take(change);
	});
	port.addEventListener('close', lose);
	port.unref?.();
	if (signal.aborted) port.close();
	else signal.addEventListener('abort', () => port.close(), {once: true});
	return signal;
}

function expectMessage(message: unknown): SignalMessage {
	const {pausableSignal, port, first} = (message ?? {}) as Partial<SignalMessage>;
	if (pausableSignal === undefined || port === undefined || first === undefined)
		throw wrongType('message', 'one that transferSignal() made', message);
	if (pausableSignal !== format)
		throw new TypeError(
			`message: expected one of the format ${format}, got ${describe(pausableSignal)}: use one version of pausable-signal on both sides`,
		);
	return message as SignalMessage;
}
