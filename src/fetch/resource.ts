import {type FirstAnswer, judge, type Verdict} from './answers.ts';
import type {Connection} from './connection.ts';
import type {TransferError} from './errors.ts';
import {errorOf, type Failure} from './failure.ts';
import {isUsable, versionIn} from './options.ts';
import type {TransferState} from './transfer.ts';
import type {Version} from './version.ts';

/**
 * What is known about the resource, and how far the transfer is.
 *
 * `position` is the place in the resource of the next byte from the network; `offset` is the place of
 * the next byte for the reader. The gate in front of the source keeps the bytes between them.
 */
export class Resource {
	readonly url: string;
	offset = 0;
	position = 0;
	/** Length of the whole, when known. */
	total: number | undefined = undefined;
	/** Why a transfer of it cannot be resumed. */
	fault: string | undefined = 'nothing was answered yet';
	/** Whether an answer was accepted. */
	hasBegun = false;
	hasAll = false;
	/** Position after the last byte of this body, when known. */
	#end: number | undefined;
	#version: Version = {etag: null, lastModified: null, isDateStrong: false};

	/** Continues from a state, where it names a version. */
	constructor(url: string, from: TransferState | undefined) {
		this.url = url;
		if (from === undefined || !isUsable(from)) return;
		this.offset = this.position = from.offset;
		this.total = this.#end = from.total ?? undefined;
		this.#version = versionIn(from);
		this.fault = undefined;
	}

	get resumable(): boolean {
		return this.fault === undefined;
	}

	/** Whether all bytes have come. The end itself may not have been read yet. */
	get hasCome(): boolean {
		return this.hasAll || (this.hasBegun && this.position === this.#end);
	}

	get version(): Version {
		return this.#version;
	}

	learnFirst({offset, end, total, version, fault}: FirstAnswer): void {
		this.offset = this.position = offset;
		this.#end = end;
		this.total = total;
		this.#version = version;
		this.fault = fault;
	}

	/** Stores the length that a later answer gave. */
	learnTotal(total: number | undefined): void {
		this.total = this.#end = total;
	}

	judge(response: Response, validator: string): Verdict {
		const {position, total, version} = this;
		return judge(response, {position, total, version, validator});
	}

	/** Counts bytes that a connection brought; false if they are more than there can be. */
	add(bytes: number, {limit}: Connection): boolean {
		if (this.position + bytes > Math.min(limit, this.#end ?? Infinity)) return false;
		this.position += bytes;
		return true;
	}

	/** Whether the end of a connection is the end of the body. */
	endsWith({skip, limit}: Connection): boolean {
		// A server that does not give the total may still say how far its part reaches.
		const end = this.#end ?? (limit === Infinity ? this.position : limit);
		return skip === 0 && this.position === end;
	}

	complete(): void {
		this.hasAll = true;
		if (this.#end === undefined && this.resumable) this.learnTotal(this.position);
	}

	errorOf(failure: Failure): TransferError {
		const {url, position, total} = this;
		return errorOf(failure, {url, offset: position, total}, this.fault ?? 'no attempt is left');
	}

	toState(): TransferState {
		const {etag, lastModified, isDateStrong} = this.#version;
		return {
			url: this.url,
			offset: this.offset,
			total: this.total ?? null,
			etag,
			lastModified: isDateStrong ? lastModified : null,
		};
	}
}
