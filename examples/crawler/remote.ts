import type {RemoteCommand} from './args.ts';
import {recordedAddress} from './control/address.ts';
import {ask, ControlError} from './control/client.ts';
import type {Request} from './control/protocol.ts';
import {jsonLine, type LineOutput} from './display.ts';
import {CrawlReader} from './engine/reading.ts';
import {hostHoldText, reportLines, stateText} from './format.ts';
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
	return `${host}: ${state}; ${found?.running ?? 0} in flight`;
}

function refusal({command, host = 'the crawl'}: RemoteCommand): string {
	return command === 'resume'
		? `${host} was not paused by a user`
		: `${host} was resumed before it stood still`;
}

/** Says where a crawl stands, whether it runs or not. */
export async function showStatus({dir, json}: RemoteCommand, output: LineOutput): Promise<void> {
	const live = await statusOfRunning(dir);
	const status = live ?? statusOnDisk(dir);
	if (json) return void output.write(jsonLine({isRunning: live !== undefined, ...status}));
	const now = Date.now();
	const [first = '', ...rest] = reportLines(status, now);
	const head = live === undefined ? `not running, ${first}` : first;
	output.write([head, ...rest].map((line) => `${plain(line)}\n`).join(''));
}

async function statusOfRunning(dir: string): Promise<CrawlStatus | undefined> {
	if (recordedAddress(dir) === undefined) return undefined;
	try {
		for await (const answer of ask(dir, {command: 'status'})) if (answer.ok) return answer.status;
	} catch (error) {
		// It has died or just ended: what it saved is there. Who lives and does not answer is told of.
		if (!(error instanceof ControlError) || !error.isNobody) throw error;
	}
	return undefined;
}

function statusOnDisk(dir: string): CrawlStatus {
	using reader = new CrawlReader(dir);
	return reader.status;
}
