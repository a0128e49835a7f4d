// A resource and its server without a network: each request has a fate, and each server its habits.
// It tells the truth about its versions; nobody could tell versions apart that have the same tag and date.
import * as fc from 'fast-check';

/** What happens to one request. */
export interface Fate {
	/** Microtasks before the answer. */
	readonly delay: number;
	/** Nobody answers. */
	readonly isDown: boolean;
	/** Another status than that of the resource; 0 for none. */
	readonly status: number;
	/** Bytes in a chunk. */
	readonly chunk: number;
	/** Bytes of the body after which the connection breaks; `Infinity` for never. */
	readonly dropAfter: number;
	/** Bytes of the body after which it ends as if that were all. */
	readonly endAfter: number;
	/** Bytes by which a 206 begins too early. */
	readonly shift: number;
}

/** How a server answers. */
export interface Habits {
	readonly tags: 'strong' | 'weak' | 'none';
	readonly hasDates: boolean;
	readonly takesRanges: boolean;
	readonly tellsLength: boolean;
	readonly ifRange: 'honoured' | 'dates' | 'refused' | 'ignored';
}

export interface Version {
	readonly content: Uint8Array;
	readonly etag: string | undefined;
	readonly lastModified: number;
}

const well: Fate = {
	delay: 0,
	isDown: false,
	status: 0,
	chunk: 7,
	dropAfter: Infinity,
	endAfter: Infinity,
	shift: 0,
};

const sometimes = <T>(most: T, rest: fc.Arbitrary<T>): fc.Arbitrary<T> =>
	fc.oneof({weight: 4, arbitrary: fc.constant(most)}, {weight: 1, arbitrary: rest});

export const anyFate: fc.Arbitrary<Fate> = fc.record({
	delay: fc.nat(8),
	isDown: sometimes(false, fc.constant(true)),
	status: sometimes(0, fc.constantFrom(403, 404, 416, 429, 500, 503)),
	chunk: fc.integer({min: 1, max: 40}),
	dropAfter: fc.oneof(fc.constant(Infinity), fc.nat(60)),
	endAfter: sometimes(Infinity, fc.nat(60)),
	shift: sometimes(0, fc.constantFrom(1, -1)),
});

export const anyHabits: fc.Arbitrary<Habits> = fc.record({
	tags: sometimes<Habits['tags']>('strong', fc.constantFrom('weak', 'none')),
	hasDates: fc.boolean(),
	takesRanges: sometimes(true, fc.constant(false)),
	tellsLength: fc.boolean(),
	ifRange: sometimes<Habits['ifRange']>('honoured', fc.constantFrom('dates', 'refused', 'ignored')),
});

export class Origin {
	readonly versions: Version[] = [];
	readonly #habits: Habits;
	readonly #fates: Fate[];
	readonly #bodies = new Set<(error: unknown) => void>();
	#seconds = 1000;
	requests = 0;

	constructor(habits: Habits, fates: readonly Fate[], size: number) {
		this.#habits = habits;
		this.#fates = [...fates];
		this.change(size);
	}

	/** Another version, now. */
	change(size: number): void {
		const number = this.versions.length + 1;
		const {tags} = this.#habits;
		this.versions.push({
			content: Uint8Array.from({length: size}, (_, at) => (at * 7 + number * 31) % 251),
			etag: tags === 'none' ? undefined : tags === 'strong' ? `"${number}"` : 'W/"always"',
			lastModified: this.#seconds,
		});
	}

	/** Moves the clock forward. */
	tick(): void {
		this.#seconds++;
	}

	/** Breaks all connections. */
	kill(): void {
		for (const fail of [...this.#bodies]) fail(new TypeError('terminated'));
	}

	/** Bodies that are neither read to the end nor cancelled. */
	get open(): number {
		return this.#bodies.size;
	}

	readonly fetch: typeof fetch = async (_input, init) => {
		this.requests++;
		const fate = this.#fates.shift() ?? well;
		for (let turn = 0; turn < fate.delay; turn++) await Promise.resolve();
		init!.signal!.throwIfAborted();
		if (fate.isDown) throw new TypeError('fetch failed');
		return this.#answer(new Headers(init!.headers), fate, init!.signal!);
	};

	#answer(asked: Headers, fate: Fate, signal: AbortSignal): Response {
		const {takesRanges, tellsLength} = this.#habits;
		const {content} = this.versions.at(-1)!;
		const first = /^bytes=(\d+)-$/.exec(asked.get('range') ?? '')?.[1];
		const headers = this.#headers();
		if (fate.status !== 0) return new Response('no', {status: fate.status});
		if (!takesRanges || first === undefined || !this.#isSame(asked.get('if-range'))) {
			if (tellsLength) headers.set('content-length', String(content.length));
			return new Response(this.#body(content, fate, signal), {headers});
		}
		if (Number(first) >= content.length) {
			headers.set('content-range', `bytes */${content.length}`);
			return new Response(null, {status: 416, headers});
		}
		const from = Math.max(0, Number(first) - fate.shift);
		const total = tellsLength ? content.length : '*';
		headers.set('content-range', `bytes ${from}-${content.length - 1}/${total}`);
		return new Response(this.#body(content.subarray(from), fate, signal), {status: 206, headers});
	}

	#headers(): Headers {
		const {etag, lastModified} = this.versions.at(-1)!;
		const headers = new Headers({date: new Date(this.#seconds * 1000).toUTCString()});
		if (etag !== undefined) headers.set('etag', etag);
		if (this.#habits.hasDates) headers.set('last-modified', new Date(lastModified * 1000).toUTCString());
		if (this.#habits.takesRanges) headers.set('accept-ranges', 'bytes');
		return headers;
	}

	#isSame(validator: string | null): boolean {
		const {ifRange} = this.#habits;
		if (validator === null || ifRange === 'ignored') return true;
		const {etag, lastModified} = this.versions.at(-1)!;
		if (validator.startsWith('W/')) throw new Error('a weak tag was sent in If-Range');
		if (validator.startsWith('"')) return ifRange === 'honoured' && validator === etag;
		return ifRange !== 'refused' && Date.parse(validator) === lastModified * 1000;
	}

	#body(content: Uint8Array, fate: Fate, signal: AbortSignal): ReadableStream<Uint8Array<ArrayBuffer>> {
		const {chunk, dropAfter} = fate;
		// Without a length nothing tells a body that ends too early.
		const end = Math.min(content.length, this.#habits.tellsLength ? fate.endAfter : Infinity);
		let at = 0;
		let fail: (error: unknown) => void;
		return new ReadableStream(
			{
				start: (controller) => {
					fail = (error) => {
						this.#bodies.delete(fail);
						controller.error(error);
					};
					this.#bodies.add(fail);
					signal.addEventListener('abort', () => this.#bodies.has(fail) && fail(signal.reason));
				},
				pull: (controller) => {
					if (at >= dropAfter) return fail(new TypeError('terminated'));
					if (at >= end) {
						this.#bodies.delete(fail);
						return controller.close();
					}
					const next = Math.min(at + chunk, end, dropAfter);
					controller.enqueue(content.slice(at, next));
					at = next;
				},
				cancel: () => void this.#bodies.delete(fail),
			},
			{highWaterMark: 0},
		);
	}
}
