import type {PausableSignal} from '../core/index.ts';

/** What a task's function is given, as far as a job knows it. */
export interface JobContext {
	readonly signal: PausableSignal;
	readonly set: unknown;
	readonly id: string;
	readonly report: (progress: unknown) => void;
}

/**
 * Puts the signal into a context when somebody asks for it first.
 *
 * A proxy, because an accessor of its own costs each task 0.8 µs, more than all the rest of it: the
 * engine makes a new hidden class for each. To those who copy, print or wrap it, it is a plain object.
 */
class SignalOnDemand implements ProxyHandler<JobContext> {
	#create: (() => PausableSignal) | null;

	constructor(create: () => PausableSignal) {
		this.#create = create;
	}

	get(target: JobContext, key: string | symbol): unknown {
		if (key === 'signal') this.#fill(target);
		return target[key as keyof JobContext];
	}

	getOwnPropertyDescriptor(target: JobContext, key: string | symbol): PropertyDescriptor | undefined {
		if (key === 'signal') this.#fill(target);
		return Reflect.getOwnPropertyDescriptor(target, key);
	}

	#fill(target: JobContext): void {
		if (this.#create === null) return;
		(target as {signal: PausableSignal}).signal = this.#create();
		this.#create = null;
	}
}

/** A context whose signal is made on the first read. */
export function createContext(
	id: string,
	set: unknown,
	createSignal: () => PausableSignal,
	report: (progress: unknown) => void,
): JobContext {
	const unread = {signal: undefined as unknown as PausableSignal, set, id, report};
	return new Proxy<JobContext>(unread, new SignalOnDemand(createSignal));
}
