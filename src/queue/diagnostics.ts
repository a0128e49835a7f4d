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

/** What the channels `pausable-signal:task:…` are sent: plain data. */
export interface TaskMessage {
	readonly id: string;
	/** The names of its set and the sets around it, joined by `/`. */
	readonly set: string | undefined;
	/** How it ended; with `end` alone. */
	readonly outcome?: Outcome;
}

const open = (moment: string): Channel | undefined => diagnostics?.channel(`pausable-signal:task:${moment}`);

type Moment = 'add' | 'start' | 'park' | 'resume' | 'end' | 'stuck';

/** The moments of a task's life that can be listened to. */
export const channels: Readonly<Record<Moment, Channel | undefined>> = {
	add: open('add'),
	start: open('start'),
	park: open('park'),
	resume: open('resume'),
	end: open('end'),
	stuck: open('stuck'),
};

/** Publishes when somebody listens; the message is made only then. */
export function publish(
	channel: Channel | undefined,
	task: {readonly name: TaskName},
	outcome?: Outcome,
): void {
	if (channel?.hasSubscribers !== true) return;
	channel.publish(outcome === undefined ? task.name : {...task.name, outcome});
}
