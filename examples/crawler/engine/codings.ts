import {subscribe, unsubscribe} from 'node:diagnostics_channel';

interface Answered {
	/** Names and values in turn, as they came. */
	readonly response: {readonly headers: unknown[]};
}

const channel = 'undici:request:headers';
// As many as Node's fetch takes.
const most = 5;

/**
 * Makes Node's fetch drop the connection of an answer that it refuses for its content codings, until disposed of.
 * On its own it keeps that connection open, and nobody listens to the body any more: if the rest of the answer is
 * broken, its error ends the process; if the rest never comes, the process cannot end. An error in reading the
 * headers is one that fetch does clean up after.
 */
export function dropOvercoded(): Disposable {
	const look = (message: unknown): void => refuseOvercoded((message as Answered).response.headers);
	subscribe(channel, look);
	return {[Symbol.dispose]: () => void unsubscribe(channel, look)};
}

function refuseOvercoded(headers: unknown[]): void {
	let codings = 0;
	for (let index = 0; index < headers.length; index += 2) {
		if (!/^content-encoding$/i.test(String(headers[index]))) continue;
		codings += String(headers[index + 1]).split(',').length;
		if (codings > most) headers[index + 1] = {toString: refuse};
	}
}

function refuse(): never {
	throw new Error('too many content codings');
}
