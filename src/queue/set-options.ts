import {expectOptions} from '../core/index.ts';
import {fillSetOptions} from './checks.ts';
import type {LaneOptions, TaskSetOptions} from './options.ts';

const defaults = keyOf(fillSetOptions(undefined));

function keyOf(options: LaneOptions): string {
	return Object.values(options).join();
}

/**
 * The options of a queue's sets, also of collected ones: the garbage collector must not decide what a
 * name stands for. A set with the default options costs nothing here, any other set one entry; equal
 * options share one object.
 */
export class SetOptions {
	readonly #byPath = new Map<string, LaneOptions>();
	readonly #distinct = new Map<string, LaneOptions>();

	/** The options of a new set, or those of the existing one. Throws a `RangeError` if the two differ. */
	settle(path: string, name: string, options: TaskSetOptions | undefined): LaneOptions {
		const known = this.#byPath.get(path);
		if (known === undefined) return this.#remember(path, fillSetOptions(options));
		expectSame(name, known, options);
		return known;
	}

	/** Forgets a set, and those inside. */
	forget(path: string, hadChildren: boolean): void {
		this.#byPath.delete(path);
		if (!hadChildren) return;
		for (const known of this.#byPath.keys()) if (known.startsWith(path)) this.#byPath.delete(known);
	}

	#remember(path: string, filled: LaneOptions): LaneOptions {
		const key = keyOf(filled);
		const options = this.#distinct.get(key) ?? filled;
		this.#distinct.set(key, options);
		if (key !== defaults) this.#byPath.set(path, options);
		return options;
	}
}

/** Throws a `RangeError` if a caller asks for a set with other options than it has. */
export function expectSame(name: string, known: LaneOptions, options: TaskSetOptions | undefined): void {
	if (options === undefined) return;
	expectOptions('options', options, '{concurrency}');
	const given = Object.entries(options).filter(([, value]) => value !== undefined);
	const filled = fillSetOptions({...known, ...Object.fromEntries(given)});
	for (const key of Object.keys(filled) as (keyof LaneOptions)[])
		if (filled[key] !== known[key])
			throw new RangeError(`${key}: task set '${name}' exists with ${known[key]}, got ${filled[key]}`);
}
