// Hashes a large buffer in pieces, without an await.
import {createHash} from 'node:crypto';
import type {ThreadContext} from '../../../src/thread/index.ts';

const piece = 65_536;

export default function hash({signal, data, report}: ThreadContext<Uint8Array, number>): string {
	const digest = createHash('sha256');
	for (let at = 0; at < data.length; at += piece) {
		digest.update(data.subarray(at, at + piece));
		report(at);
		signal.checkpointSync();
	}
	return digest.digest('hex');
}
