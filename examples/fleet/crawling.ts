import {interval, isAbortOf, PausableController, type PausableSignal} from 'pausable-signal';
import {type FleetStatus, RemoteController} from 'pausable-signal/remote';
import {type Demo, serveDemo} from '../crawler/demo/demo.ts';
import {savedPorts, savePorts} from '../crawler/demo/ports.ts';
import {CrawlError} from '../crawler/engine/errors.ts';
import {dropOvercoded} from '../crawler/engine/codings.ts';
import {exitCodes} from '../crawler/exit-codes.ts';
import type {Command} from './args.ts';
import {type Base, openBase} from './base.ts';
import {type Crew, workHere, workInProcesses} from './crew.ts';
import {Progress, type Terminal} from './progress.ts';
import {countsText, plural, serverOf, sumOf} from './words.ts';

export interface Host {
	readonly stdout: Terminal;
	on(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
	off(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
	exit(code: number): void;
}

const lookMs = 500;

/** Crawls until nothing waits any more, or it is stopped. Resolves with the exit code. */
export async function crawl(command: Command, host: Host): Promise<number> {
	await using base = await openBase(command);
	if (command.fresh) await base.frontier.clear();
	await using demo = await seed(base, command);
	const progress = new Progress(host.stdout);
	for (const line of opening(command, demo)) progress.say(line);
	using stopping = new Stopping(host, (text) => progress.say(text));
	const crew = await startCrew(base, command, (text) => progress.say(text));
	try {
		await Promise.race([watch(base, command, progress, stopping.signal), crew.failed]);
	} finally {
		await crew.close();
	}
	return await close(base, progress);
}

/** Adds the URLs to start from; without any, and without a crawl to continue, those of a demo. */
async function seed({frontier}: Base, {urls, dir}: Command): Promise<Demo | undefined> {
	await frontier.addSeeds(urls);
	if (urls.length > 0) return undefined;
	const [ports, hosts] = [savedPorts(dir), await frontier.hosts()];
	if (ports === undefined && hosts.length > 0) return undefined;
	const demo = await serveDemo({ports}).catch((error: {code?: unknown; port?: unknown}) => {
		if (error.code !== 'EADDRINUSE') throw error;
		throw new CrawlError(`port ${String(error.port)} of the demo is in use: does it run already?`);
	});
	savePorts(dir, demo.ports);
	await frontier.addSeeds(demo.seeds);
	return demo;
}

function opening({redis, processes, dir, name}: Command, demo: Demo | undefined): string[] {
	const place =
		redis === undefined
			? `without --redis: one process, BullMQ on an embedded Postgres (PGlite), URLs and orders in ${dir}`
			: `${plural(processes, 'process')} on the Redis at ${serverOf(redis)}, crawl '${name}'`;
	const what = demo === undefined ? [] : [`a demo of ${demo.seeds.length} sites: ${demo.seeds.join(' ')}`];
	return [place, ...what, 'from any terminal: npm run fleet -- pause|resume|abort|status [HOST]'];
}

function startCrew(base: Base, command: Command, say: (text: string) => void): Promise<Crew> {
	dropOvercoded();
	return command.redis === undefined ? workHere(base, command, say) : workInProcesses(command, say);
}

/** Ctrl-C: stops. Again: exits. */
class Stopping implements Disposable {
	readonly #controller = new PausableController();
	readonly #host: Host;
	readonly #say: (text: string) => void;
	readonly #interrupt = (): void => {
		if (this.signal.aborted) return this.#host.exit(exitCodes.workLeft);
		this.#say('stopping: what is under way is visited again next time; Ctrl-C again exits now');
		this.#controller.abort();
	};

	constructor(host: Host, say: (text: string) => void) {
		this.#host = host;
		this.#say = say;
		for (const name of ['SIGINT', 'SIGTERM'] as const) host.on(name, this.#interrupt);
	}

	get signal(): PausableSignal {
		return this.#controller.signal;
	}

	[Symbol.dispose](): void {
		for (const name of ['SIGINT', 'SIGTERM'] as const) this.#host.off(name, this.#interrupt);
	}
}

/** Shows how it stands until nothing waits any more. */
async function watch(base: Base, {name}: Command, progress: Progress, signal: PausableSignal): Promise<void> {
	const controller = new RemoteController(base.orders, name);
	try {
		for await (const _ of interval(signal, lookMs)) {
			const [hosts, status] = await Promise.all([base.frontier.hosts(), controller.status()]);
			progress.show(sumOf(hosts), (status satisfies FleetStatus).holds);
			if (sumOf(hosts).waiting === 0) return;
		}
	} catch (error) {
		if (!isAbortOf(signal, error)) throw error;
	}
}

async function close({frontier}: Base, progress: Progress): Promise<number> {
	const sum = sumOf(await frontier.hosts());
	progress.finish();
	const isDone = sum.waiting === 0;
	progress.say(`${isDone ? 'done' : 'stopped'}: ${countsText(sum)}`);
	if (!isDone) progress.say('the same command continues');
	return isDone ? exitCodes.done : exitCodes.workLeft;
}
