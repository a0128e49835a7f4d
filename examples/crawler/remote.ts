import type {RemoteCommand} from './args.ts';
import {recordedAddress} from './control/address.ts';
import {ask, ControlError} from './control/client.ts';
import type {Request} from './control/protocol.ts';
import {jsonLine, type LineOutput} from './display.ts';
import {CrawlReader} from './engine/reading.ts';
import {hostHoldText, reportLines, stateText, underWayText} from './format.ts';
import type {CrawlStatus} from './status.ts';
import {plain} from './terminal/text.ts';

/** Asks a crawl for something, and says what came of it. Returns whether it did. */
export async function control(command: RemoteCommand, output: LineOutput): Promise<boolean> {
	const {dir} = command;
	const say = (text: string): void => void output.write(`${plain(text)}\n`);
	let told = '';
	for await (const answer of ask(dir, requestOf(command))) {
		if (!answer.ok) throw new ControlError(answer.error);
		const text = outcome(command, answer.status);
		if (answer.isDone && !answer.hasWorked) {
			say(refusal(command));
			return false;
		}
		if (text !== told) say(text);
		told = text;
	}
	return true;
}

function requestOf({command, host, until, reason, now}: RemoteCommand): Request {
	switch (command) {
		case 'pause':
			return {command, host, until: until?.getTime(), reason};
		case 'resume':
			return {command, host};
		case 'stop':
			return {command, now};
		default:
			return {command};
	}
}

function outcome({host}: RemoteCommand, status: CrawlStatus): string {
	if (host === undefined) return stateText(status, Date.now());
	const found = status.hosts.find((one) => one.host === host);
	const holds = found?.holds.map((hold) => hostHoldText(hold, Date.now())) ?? [];
	const state = holds.length > 0 ? holds.join('; ') : 'goes on';
	return `${host}: ${state}${found === undefined ? '' : `; ${underWayText(found)}`}`;
}

function refusal({command, host = 'the crawl'}: RemoteCommand): string {
	return command === 'resume'
		? `${host} was not paused by a user`
		: `${host} was resumed before it stood still`;
}

/** Says where a crawl stands, whether it runs or not. */
export async function showStatus({dir, json}: RemoteCommand, output: LineOutput): Promise<void> {
	const {status, ...process} = await lookAt(dir);
	if (json) return void output.write(jsonLine({...process, ...status}));
	const [first = '', ...rest] = reportLines(status, Date.now());
	const head = !process.isRunning ? 'not running, ' : process.isAnswering ? '' : 'not answering, ';
	const lines = [head + first, ...rest, ...(process.isRunning && !process.isAnswering ? [silence] : [])];
	output.write(lines.map((line) => `${plain(line)}\n`).join(''));
}

const silence =
	'The process does not answer: this is what it has saved. If Ctrl-Z stopped it, fg lets it go on.';
// What the folder says is soon there, and mostly as good.
const statusWithinMs = 2000;

interface Look {
	readonly isRunning: boolean;
	readonly isAnswering: boolean;
	readonly status: CrawlStatus;
}

async function lookAt(dir: string): Promise<Look> {
	if (recordedAddress(dir) === undefined) return deadIn(dir);
	try {
		for await (const answer of ask(dir, {command: 'status'}, statusWithinMs))
			if (answer.ok) return {isRunning: true, isAnswering: true, status: answer.status};
	} catch (error) {
		if (!(error instanceof ControlError)) throw error;
		if (!error.isNobody) return silentIn(dir);
	}
	// It has died or just ended.
	return deadIn(dir);
}

function deadIn(dir: string): Look {
	return {isRunning: false, isAnswering: false, status: statusOnDisk(dir)};
}

function silentIn(dir: string): Look {
	const status = statusOnDisk(dir);
	// To the folder, a crawl that nobody pauses is one that was stopped.
	const state = status.state === 'stopped' ? 'running' : status.state;
	return {isRunning: true, isAnswering: false, status: {...status, state}};
}

function statusOnDisk(dir: string): CrawlStatus {
	using reader = new CrawlReader(dir);
	return reader.status;
}
