import {type FleetReport, RemoteController} from 'pausable-signal/remote';
import {CrawlError} from '../crawler/engine/errors.ts';
import {exitCodes} from '../crawler/exit-codes.ts';
import {type Sink, writeAll} from '../crawler/export.ts';
import type {Command} from './args.ts';
import {type Base, openKnownBase} from './base.ts';
import type {HostCounts} from './frontier.ts';
import {holdText, placeOf, plural, reportText, statusLines} from './words.ts';

interface Desk {
	readonly base: Base;
	readonly controller: RemoteController;
	/** The host it is about, or all. */
	readonly scope: RemoteController;
	readonly hosts: readonly HostCounts[];
	readonly command: Command;
	readonly out: Sink;
	readonly print: (line: string) => void;
}

type OrderName = Exclude<Command['command'], 'crawl' | 'help'>;

const orders: Readonly<Record<OrderName, (desk: Desk) => Promise<number>>> = {
	pause,
	resume,
	abort,
	status,
	pages,
};
const timeout = 10_000;

/** Gives an order to all processes of a crawl, or asks how it stands. Resolves with the exit code. */
export async function order(name: OrderName, command: Command, out: Sink): Promise<number> {
	await using base = await openKnownBase(command);
	const controller = new RemoteController(base.orders, command.name);
	const {host} = command;
	const hosts = await known(base, host);
	const scope = host === undefined ? controller : controller.taskSet(host);
	const print = (line: string): void => void out.write(`${line}\n`);
	return await orders[name]({base, controller, scope, hosts, command, out, print});
}

async function known(base: Base, host: string | undefined): Promise<readonly HostCounts[]> {
	const all = await base.frontier.hosts();
	if (all.length === 0) throw new CrawlError('there is no crawl of this name yet');
	if (host === undefined) return all;
	const found = all.filter((one) => one.host === host);
	if (found.length > 0) return found;
	const some = all.slice(0, 5).map((one) => one.host);
	throw new CrawlError(
		`this crawl has no host ${host}. It has ${some.join(', ')}${all.length > 5 ? ', …' : ''}`,
	);
}

const nameOf = ({host}: Command): string => host ?? 'everything';
const codeOf = ({quiet}: FleetReport): number => (quiet ? exitCodes.done : exitCodes.workLeft);

async function pause({scope, command, print}: Desk): Promise<number> {
	const report = await scope.pause(command.reason, {timeout});
	print(`paused ${nameOf(command)}; ${reportText(report)}`);
	return codeOf(report);
}

async function resume({controller, scope, command, print}: Desk): Promise<number> {
	const wasPaused = await scope.resume();
	print(wasPaused ? `resumed ${nameOf(command)}` : `${nameOf(command)} was not paused`);
	const {holds} = await controller.status();
	for (const hold of holds) print(`${placeOf(hold)} is still ${holdText(hold, Date.now())}`);
	return exitCodes.done;
}

async function abort({base, scope, command, print}: Desk): Promise<number> {
	// First what waits: what ends then finds nothing more to do, and nobody starts it again.
	const dropped = await base.frontier.drop(command.host);
	const report = await scope.abort(command.reason ?? 'aborted', {timeout});
	const end = report.quiet ? 'all that ran there has ended' : reportText(report);
	print(`aborted ${nameOf(command)}: ${plural(dropped, 'URL')} forgotten; ${end}`);
	return codeOf(report);
}

async function status({controller, hosts, command, print}: Desk): Promise<number> {
	const now = await controller.status();
	if (command.json) print(JSON.stringify({...now, hosts}));
	else for (const line of statusLines(hosts, now, Date.now())) print(line);
	return exitCodes.done;
}

async function pages({base, hosts, out}: Desk): Promise<number> {
	for (const {host} of hosts) {
		const lines = (await base.frontier.pages(host)).map((page) => `${JSON.stringify(page)}\n`);
		// A reader who has seen enough is no error.
		if (!(await writeAll(out, lines))) break;
	}
	return exitCodes.done;
}
