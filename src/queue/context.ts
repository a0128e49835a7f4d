import type {PausableSignal} from '../core/index.ts';

/** The argument of a task's function, as far as a job knows it. */
export interface JobContext {
	readonly signal: PausableSignal;
	readonly set: unknown;
	readonly id: string;
	readonly report: (progress: unknown) => void;
}

/**
 * Puts the signal into a context when somebody first asks for it.
 *
 * A proxy, because an accessor on each object costs 0.8 µs a task, more than the rest of the task: the
 * engine makes a new hidden class for each one. Code that copies, prints or wraps the context sees a
 * plain object.
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
