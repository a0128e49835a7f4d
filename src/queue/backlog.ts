/** The waiting jobs of one lane, in the order in which they start. */
import {PriorityQueue, type Queue, type QueueAddOptions, type RunFunction} from 'p-queue';
import type {Job} from './job.ts';
import type {QueueClass} from './options.ts';

/** A job, or whatever a `queueClass` returns: the dispatcher runs it when its turn comes. */
export interface Startable {
	run(): unknown;
}

// p-queue's own class never calls its entries, so the jobs themselves are the entries. This saves one
// function per job: with many jobs, the memory of each decides how fast the queue is.
type Ticket = Job | RunFunction;

export class Backlog {
	readonly #class: QueueClass;
	#queue: Queue<Ticket, QueueAddOptions>;
	/** The entries of any other class, by job. */
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

	/** Removes and returns the next job. */
	next(): Startable | undefined {
		const ticket = this.#queue.dequeue();
		return typeof ticket === 'function' ? {run: ticket} : ticket;
	}

	/** Removes a job. `hasNamesake`: whether another job that waits here has its id. */
	remove(job: Job, hasNamesake: (job: Job) => boolean): void {
		if (this.#queue instanceof PriorityQueue) this.#queue.remove(this.#ticketOf(job) as RunFunction);
		// Another class removes by id, which would remove the namesakes, too. So this job stays until its
		// turn, and then does nothing.
		else if (!hasNamesake(job)) this.#queue.remove(job.id);
	}

	clear(): void {
		// Makes a new one, as p-queue does: removing jobs one by one is quadratic.
		this.#queue = new this.#class() as Queue<Ticket, QueueAddOptions>;
	}

	setPriority(id: string, priority: number): void {
		this.#queue.setPriority(id, priority);
	}

	/** How many of the waiting jobs have these options. */
	count(options: Readonly<Partial<QueueAddOptions>>): number {
		return this.#queue.filter(options).length;
	}
}
