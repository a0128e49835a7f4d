import {GatedReader, type ItemSource, type ReadAhead} from '../iterate/index.ts';
import type {OpenTransfer} from './open-transfer.ts';

/** Bytes in several pieces, as they came: joining them would copy all that is brought. */
export class Pieces {
	readonly list: readonly Uint8Array[];
	readonly byteLength: number;

	constructor(list: readonly Uint8Array[]) {
		this.list = list;
		this.byteLength = list.reduce((size, {byteLength}) => size + byteLength, 0);
	}

	/** Some of the first pieces, `bytes` bytes at most. */
	first(bytes: number): Uint8Array[] {
		const taken: Uint8Array[] = [];
		for (const piece of this.list) {
			if (bytes === 0 || taken.length === maxPieces) break;
			taken.push(piece.subarray(0, bytes));
			bytes -= Math.min(piece.byteLength, bytes);
		}
		return taken;
	}

	/** All but the first `bytes` bytes. */
	after(bytes: number): Pieces {
		const rest: Uint8Array[] = [];
		for (const piece of this.list) {
			if (bytes < piece.byteLength) rest.push(piece.subarray(bytes));
			bytes -= Math.min(piece.byteLength, bytes);
		}
		return new Pieces(rest);
	}
}

/** No system takes more in one write. */
const maxPieces = 1024;

/** So that a slow disk, and above all a flush, keeps no connection waiting. */
const ahead: ReadAhead<Pieces> = {
	size: 2 * 1024 * 1024,
	join: (all) => new Pieces(all.flatMap(({list}) => list)),
};

/** Reads a transfer behind the gate of its signal. All that came while the last bytes were used comes at once. */
export async function* readPieces({
	source,
	settings,
	hasBody,
}: OpenTransfer): AsyncGenerator<Pieces, void, undefined> {
	if (!hasBody) return;
	const {signal, buffer} = settings;
	const reader = new GatedReader(signal, inPieces(source), {buffer, ahead});
	try {
		for (;;) {
			const {done, value} = await reader.read();
			if (done === true) return;
			yield value;
		}
	} finally {
		await reader.cancel(undefined);
	}
}

function inPieces(source: ItemSource<Uint8Array>): ItemSource<Pieces> {
	return {
		async pull() {
			const result = await source.pull();
			return result.done === true ? result : {done: false, value: new Pieces([result.value])};
		},
		cancel: (reason) => source.cancel(reason),
		leave: () => source.leave(),
	};
}
