import {builtin} from '../core/index.ts';
import type {Outcome, TaskName} from './options.ts';

interface Channel {
	readonly hasSubscribers: boolean;
	publish(message: TaskMessage): void;
}

interface Diagnostics {
	channel(name: string): Channel;
}

const diagnostics = builtin('node:diagnostics_channel') as Diagnostics | undefined;

/** A message of the channels `pausable-signal:task:…`: plain data. */
export interface TaskMessage {
	/** The name of its queue; `undefined` if that has none. */
	readonly queue: string | undefined;
	readonly id: string;
	/** The names of its set and the sets around it, joined by `/`. */
	readonly set: string | undefined;
	/** How it ended; only with `end`. */
	readonly outcome?: Outcome;
}

const open = (moment: string): Channel | undefined => diagnostics?.channel(`pausable-signal:task:${moment}`);

type Moment = 'add' | 'start' | 'park' | 'resume' | 'end' | 'stuck';

/** The moments of a task's life, each with its channel. */
export const channels: Readonly<Record<Moment, Channel | undefined>> = {
	add: open('add'),
	start: open('start'),
	park: open('park'),
	resume: open('resume'),
	end: open('end'),
	stuck: open('stuck'),
};

interface PublishedTask {
	readonly name: TaskName;
	readonly owner: {readonly host: {readonly root: {readonly name: string | undefined}}};
}

/** Publishes a message, which it makes only if somebody listens. */
export function publish(channel: Channel | undefined, task: PublishedTask, outcome?: Outcome): void {
	if (channel?.hasSubscribers !== true) return;
	const message = {queue: task.owner.host.root.name, ...task.name};
	channel.publish(outcome === undefined ? message : {...message, outcome});
}
