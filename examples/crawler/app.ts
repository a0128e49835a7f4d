import {type Command, type CrawlCommand, help, parseCommandLine, UsageError} from './args.ts';
import {Crawl, CrawlError, type Summary} from './crawl.ts';
import {demoSite} from './demo-site.ts';
import {serveDemoSite} from './demo-server.ts';
import {type Display, JsonDisplay, type Output, TerminalDisplay} from './display.ts';
import {type KeyInput, listenToKeys} from './keys.ts';

/** What the program needs of the process it runs in. */
export interface Host {
	readonly stdin: KeyInput;
	readonly stdout: Output & {on(event: 'error', listener: () => void): unknown};
	readonly stderr: Output;
	on(event: string, listener: () => void): unknown;
	off(event: string, listener: () => void): unknown;
	exit(code: number): void;
}

export const exitCodes = {done: 0, error: 1, usage: 2, workLeft: 3} as const;

const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const maxBytes = 2 * 1024 * 1024;
const attempts = 3;
// npm passes Ctrl-C on to a program that has had it from the terminal already.
const echoMs = 250;

/** Runs the program, and says with which code it exits. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
	const command = understand(argv, host);
	if (typeof command === 'number') return command;
	const demo = command.url === undefined ? await serveDemoSite(demoSite()) : undefined;
	try {
		return await crawlFrom(command.url ?? demo?.start ?? '', command, host);
	} finally {
		await demo?.[Symbol.asyncDispose]();
	}
}

function understand(argv: readonly string[], host: Host): CrawlCommand | number {
	try {
		const command: Command = parseCommandLine(argv);
		if (command.command === 'crawl') return command;
		host.stdout.write(help);
		return exitCodes.done;
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		host.stderr.write(`${error.message}\nTry --help.\n`);
		return exitCodes.usage;
	}
}

async function crawlFrom(url: string, command: CrawlCommand, host: Host): Promise<number> {
	const crawl = new Crawl({...command, url, maxBytes, attempts});
	const isInteractive = host.stdout.isTTY === true && !command.json;
	using display = isInteractive
		? new TerminalDisplay(host.stdout, crawl)
		: new JsonDisplay(host.stdout, host.stderr, crawl);
	using _controls = control(crawl, display, host, isInteractive);
	display.notice(`crawling ${url}${command.url === undefined ? ' (the demo site)' : ''}`);
	if (isInteractive) display.notice('p pause, r resume, s status, q stop');
	let failure: string | undefined;
	try {
		await crawl.start();
	} catch (error) {
		if (!(error instanceof CrawlError)) throw error;
		failure = error.message;
	}
	display.summary();
	if (failure !== undefined) host.stderr.write(`error: ${failure}\n`);
	return exitCodeOf(crawl.summary);
}

function exitCodeOf({state, waiting}: Summary): number {
	if (state === 'failed') return exitCodes.error;
	return state === 'stopped' && waiting > 0 ? exitCodes.workLeft : exitCodes.done;
}

/** Lets keys and signals control the crawl until disposed of; the terminal is as before after any exit. */
function control(crawl: Crawl, display: Display, host: Host, isInteractive: boolean): Disposable {
	// A stop that fails is told by start(), too.
	const stop = (reason: string): void => void crawl.stop(reason).catch(() => {});
	const interrupt = interruption(crawl, display, host, stop);
	const actions: Record<string, () => void> = {
		p: () => void crawl.pause('user'),
		r: () => void crawl.resume(),
		s: () => display.status(),
		q: () => stop('q'),
		'ctrl-c': interrupt,
	};
	const keys = isInteractive ? listenToKeys(host.stdin, (key) => actions[key]?.()) : undefined;
	const restore = (): void => {
		keys?.[Symbol.dispose]();
		display[Symbol.dispose]();
	};
	// Nobody reads any more, as with `| head`. It stays, because the last words fail in the same way.
	host.stdout.on('error', () => stop('the output is closed'));
	host.on('exit', restore);
	for (const name of endSignals) host.on(name, interrupt);
	return {
		[Symbol.dispose]() {
			restore();
			host.off('exit', restore);
			for (const name of endSignals) host.off(name, interrupt);
		},
	};
}

function interruption(
	crawl: Crawl,
	display: Display,
	host: Host,
	stop: (reason: string) => void,
): () => void {
	let since: number | undefined;
	return () => {
		if (since === undefined) {
			since = performance.now();
			const {running} = crawl.progress;
			display.notice(`stopping: ${running} in flight are aborted; Ctrl-C again exits now`);
			stop('interrupted');
		} else if (performance.now() - since > echoMs) {
			host.exit(exitCodes.workLeft);
		}
	};
}
