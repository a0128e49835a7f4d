/** The jobs of one lane that wait, in the order in which they start. */
import {PriorityQueue, type Queue, type QueueAddOptions, type RunFunction} from 'p-queue';
import type {Job} from './job.ts';
import type {QueueClass} from './options.ts';

/** What is run when its turn comes. */
export interface Startable {
	run(): unknown;
}

// p-queue's own class never calls what it keeps. The jobs stand in it themselves, which saves a function
// for each: what a waiting job weighs decides how long many of them take.
type Ticket = Job | RunFunction;

export class Backlog {
	readonly #class: QueueClass;
	#queue: Queue<Ticket, QueueAddOptions>;
	/** What another class keeps, by job. */
	#functions: WeakMap<Job, RunFunction> | null;

	constructor(queueClass: QueueClass) {
		this.#class = queueClass;
		this.#queue = new queueClass() as Queue<Ticket, QueueAddOptions>;
		this.#functions = queueClass === PriorityQueue ? null : new WeakMap();
	}

	get size(): number {
		return this.#queue.size;
	}

	add(job: Job): void {
		this.#queue.enqueue(this.#ticketOf(job), job.options);
	}

	#ticketOf(job: Job): Ticket {
		if (this.#functions === null) return job;
		const run = this.#functions.get(job) ?? ((): Promise<void> => job.run());
		this.#functions.set(job, run);
		return run;
	}

	/** Takes the next job out. */
	next(): Startable | undefined {
		const ticket = this.#queue.dequeue();
		return typeof ticket === 'function' ? {run: ticket} : ticket;
	}

	/** Takes a job out. `hasNamesake`: whether another job that waits here has its id. */
	remove(job: Job, hasNamesake: (job: Job) => boolean): void {
		if (this.#queue instanceof PriorityQueue) this.#queue.remove(this.#ticketOf(job) as RunFunction);
		// Another class removes by id, and so all jobs of that id. This one stays until its turn, and
		// does nothing then.
		else if (!hasNamesake(job)) this.#queue.remove(job.id);
	}

	clear(): void {
		// A new one, as p-queue does: to take jobs out one by one is quadratic.
		this.#queue = new this.#class() as Queue<Ticket, QueueAddOptions>;
	}

	setPriority(id: string, priority: number): void {
		this.#queue.setPriority(id, priority);
	}

	/** How many have these options. */
	count(options: Readonly<Partial<QueueAddOptions>>): number {
		return this.#queue.filter(options).length;
	}
}
