import {reasonOf, wrongType} from '../core/index.ts';
import type {Head} from './first-request.ts';
import {expectSettings, type PausableInit, type Settings} from './options.ts';
import {Requester} from './requester.ts';
import {TransferSource} from './transfer-source.ts';

/** A transfer whose response has arrived, and whose body nobody reads yet. */
export interface OpenTransfer {
	/** Whoever opened it must also finish it. */
	readonly source: TransferSource;
	readonly settings: Settings;
	readonly head: Head;
	/** Whether there are bytes to read. If not, the caller gets the platform's own response. */
	readonly hasBody: boolean;
}

/** Statuses for which `new Response()` takes no body, whatever a caller's own fetch returns. */
const bodiless: readonly number[] = [101, 103, 204, 205, 304];

/** Sends the first request. */
export async function openTransfer(input: RequestInfo | URL, init?: PausableInit): Promise<OpenTransfer> {
	const settings = expectSettings(input, init);
	if (settings.signal.aborted) throw reasonOf(settings.signal);
	const requester = new Requester(input, init, settings);
	if (settings.from !== undefined && !requester.canAskForRange)
		throw wrongType('from', 'nothing, as the request is no GET of a whole resource', settings.from);
	const source = new TransferSource(requester, settings);
	const head = await source.begin();
	return {source, settings, head, hasBody: hasBody(head)};
}

// Without a body there is nothing to pause; and an opaque response cannot be rebuilt.
function hasBody({kind, response}: Head): boolean {
	if (kind !== 'plain' || response === undefined) return true;
	const {body, status} = response;
	return body !== null && status !== 0 && !bodiless.includes(status);
}
