import {whenDropped} from '../core/index.ts';
import {ByteSink, GatedSource} from '../iterate/index.ts';
import type {Settings} from './options.ts';
import type {TransferSource} from './transfer-source.ts';

/** The body of a response: a stream of bytes that is gated by the signal. */
export function bodyOf(source: TransferSource, {signal, buffer}: Settings): ReadableStream<Uint8Array> {
	const sink = new ByteSink({
		delivered: (bytes) => source.delivered(bytes),
		end: () => source.finish('completed'),
		error: () => source.finish(signal.aborted ? 'stopped' : 'failed'),
	});
	const gated = new GatedSource(signal, source, sink, {buffer});
	const stream = sink.open(gated);
	gated.follow();
	stopWhenDropped(stream, source);
	return stream;
}

// A response that nobody uses any more must not keep its connection. A function of its own: a closure
// in bodyOf() would keep the stream alive through the scope that it shares with the other closures.
function stopWhenDropped(stream: ReadableStream, source: TransferSource): void {
	whenDropped(stream, () => source.finish('stopped'));
}
