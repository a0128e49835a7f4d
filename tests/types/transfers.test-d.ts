// Checked by `npm run check`, never run: what the types of streams and transfers promise and refuse.
import {
	download,
	type DownloadResult,
	pausableFetch,
	type Transfer,
	TransferError,
	transferOf,
	type TransferPhase,
	type TransferState,
} from 'pausable-signal/fetch';
import {pausableStream} from 'pausable-signal/streams';
import {same} from './same.ts';

declare const signal: AbortSignal;
declare const response: Response;

// pausableStream(): items as the source has them
const words = pausableStream(signal, ['one', 'two'], {buffer: 10, preventCancel: true});
same<typeof words, ReadableStream<string>>();
const chunks = pausableStream(signal, new ReadableStream<Uint8Array>());
same<typeof chunks, ReadableStream<Uint8Array>>();
// @ts-expect-error -- the signal comes first
void pausableStream(['one'], signal);
// @ts-expect-error -- a number of bytes
void pausableStream(signal, ['one'], {buffer: '10'});
// @ts-expect-error -- no such option
void pausableStream(signal, ['one'], {highWaterMark: 1});

// pausableFetch(): in the place of fetch
const asFetch: typeof fetch = pausableFetch;
void asFetch;
same<ReturnType<typeof pausableFetch>, Promise<Response>>();
declare const state: TransferState;
void pausableFetch('/', {signal, method: 'POST', holdMs: 0, retry: {maxAttempts: 1}, from: state});
// @ts-expect-error -- the state of a transfer has more than an offset
void pausableFetch('/', {from: {offset: 1}});
// @ts-expect-error -- the signal is an option, as in fetch
void pausableFetch('/', signal);

// transferOf()
const transfer = transferOf(response);
same<typeof transfer, Transfer | undefined>();
// @ts-expect-error -- it may be another response
void transfer.state;
if (transfer !== undefined) {
	same<typeof transfer.state, TransferPhase>();
	same<typeof transfer.total, number | undefined>();
	same<ReturnType<typeof transfer.toJSON>, TransferState>();
	// @ts-expect-error -- to be read only
	transfer.offset = 0;
}

// download()
same<ReturnType<typeof download>, Promise<DownloadResult>>();
void download(new URL('http://localhost/'), 'file', {onChanged: 'error', onProgress: ({offset}) => offset});
// @ts-expect-error -- one of two ways
void download('http://localhost/', 'file', {onChanged: 'skip'});
// @ts-expect-error -- where to
void download('http://localhost/');

// What a body fails with
declare const error: unknown;
if (error instanceof TransferError) {
	same<typeof error.offset, number>();
	// @ts-expect-error -- no such code
	void (error.code === 'ERR_OTHER');
}
