// A thread of example 24: hashes a file in pieces, without an await. `import type` alone, so that any
// loader of types will do.
import {createHash} from 'node:crypto';
import {closeSync, openSync, readSync} from 'node:fs';
import type {ThreadContext} from 'pausable-signal/thread';

const piece = new Uint8Array(65_536);

export default function hash({signal, data: file}: ThreadContext<string>): string {
	const digest = createHash('sha256');
	const descriptor = openSync(file, 'r');
	try {
		let read: number;
		do {
			signal.checkpointSync();
			read = readSync(descriptor, piece);
			digest.update(piece.subarray(0, read));
		} while (read > 0);
		return digest.digest('hex');
	} finally {
		closeSync(descriptor); // also after an abort
	}
}
