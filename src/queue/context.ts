import type {PausableSignal} from '../core/index.ts';

/** The argument of a task's function, as far as a job knows it. */
export interface JobContext {
	readonly signal: PausableSignal;
	readonly set: unknown;
	readonly id: string;
	readonly report: (progress: unknown) => void;
}

/** The source of what is only made when somebody asks for it. */
export interface ContextSource {
	signal(): PausableSignal;
	report(progress: unknown): void;
}

/**
 * Puts the signal and `report` into a context when somebody first asks for them: most tasks look at
 * neither.
 *
 * A proxy, because an accessor on each object costs 0.8 µs a task, more than the rest of the task: the
 * engine makes a new hidden class for each one. Code that copies, prints or wraps the context sees a
 * plain object.
 */
class OnDemand implements ProxyHandler<JobContext> {
	readonly #source: ContextSource;

	constructor(source: ContextSource) {
		this.#source = source;
	}

	get(target: JobContext, key: string | symbol): unknown {
		this.#fill(target, key);
		return target[key as keyof JobContext];
	}

	getOwnPropertyDescriptor(target: JobContext, key: string | symbol): PropertyDescriptor | undefined {
		this.#fill(target, key);
		return Reflect.getOwnPropertyDescriptor(target, key);
	}

	#fill(target: JobContext, key: string | symbol): void {
		const source = this.#source;
		const unfilled = target as {signal: PausableSignal | null; report: JobContext['report'] | null};
		if (key === 'signal') unfilled.signal ??= source.signal();
		else if (key === 'report') unfilled.report ??= (progress) => source.report(progress);
	}
}

/** A context whose signal and `report` are made on the first read. */
export function createContext(id: string, set: unknown, source: ContextSource): JobContext {
	const unread = {signal: null, set, id, report: null} as unknown as JobContext;
	return new Proxy<JobContext>(unread, new OnDemand(source));
}
