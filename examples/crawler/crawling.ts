import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {CrawlCommand} from './args.ts';
import {Complaints} from './complaints.ts';
import {serveControl} from './control/server.ts';
import {type Demo, serveDemo} from './demo/demo.ts';
import {savedPorts, savePorts} from './demo/ports.ts';
import {type Display, JsonDisplay} from './display.ts';
import {Crawl} from './engine/crawl.ts';
import {CrawlError, wordsOf} from './engine/errors.ts';
import {CrawlReader} from './engine/reading.ts';
import {holdsCrawl} from './engine/store.ts';
import {exitCodes} from './exit-codes.ts';
import {isReaderGone} from './export.ts';
import {holdText, reportLines, silentLines} from './format.ts';
import type {Host} from './host.ts';
import {Interruption} from './interruption.ts';
import type {LiveCrawl} from './live.ts';
import type {PageRecord} from './status.ts';
import {TerminalDisplay} from './terminal/display.ts';
import {isOrdinary} from './ordinary.ts';
import {Keyboard} from './terminal/keyboard.ts';
import {type LivePage, serveUi, type Subject} from './ui/server.ts';

const listedAtMost = 500;

/** Where a crawl is kept, and where it starts. */
interface Job {
	readonly dir: string;
	readonly seeds: readonly string[];
	readonly fresh: boolean;
	readonly isDemo?: boolean;
	/** How to go on after the end. */
	readonly advice: string;
}

/** Crawls until it is done or stopped, and says with which code the program exits. */
export async function crawl(command: CrawlCommand, host: Host): Promise<number> {
	if (command.urls.length > 0) return crawlJob(jobOf(command, command.urls), command, host);
	const {dir} = command;
	if (dir === undefined) return crawlPassingDemo(command, host);
	const ports = savedPorts(dir);
	if (ports !== undefined || !holdsCrawl(dir)) return crawlDemo(command, dir, {ports}, host);
	if (command.fresh) throw new CrawlError(`${dir} holds a crawl: expected the URLs to start over from`);
	return crawlJob(jobOf(command, []), command, host);
}

function jobOf({dir, fresh}: CrawlCommand, seeds: readonly string[]): Job {
	const [first = ''] = seeds;
	const name = seeds.length > 0 ? `crawl-${new URL(first).host.replaceAll(/[^\w.-]+/g, '-')}` : '';
	const advice = fresh ? 'The same command without --fresh goes on.' : 'The same command goes on.';
	return {dir: dir ?? name, seeds, fresh, advice};
}

/** A demo that nobody wants to keep. */
async function crawlPassingDemo(command: CrawlCommand, host: Host): Promise<number> {
	const dir = mkdtempSync(path.join(tmpdir(), 'crawl-demo-'));
	const forget = (): void => rmSync(dir, {recursive: true, force: true});
	// A third Ctrl-C waits for nobody.
	host.on('exit', forget);
	try {
		const advice = 'It is forgotten: the same command starts another demo, one with --dir DIR can go on.';
		return await crawlDemo(command, dir, {advice}, host);
	} finally {
		forget();
		host.off('exit', forget);
	}
}

interface DemoJob {
	readonly ports?: readonly number[] | undefined;
	readonly advice?: string;
}

/** The demo's sites are in this process: to go on with them, the next one serves them in the same place. */
async function crawlDemo(
	command: CrawlCommand,
	dir: string,
	{ports, advice}: DemoJob,
	host: Host,
): Promise<number> {
	await using demo: Demo = await demoOn(ports, dir);
	savePorts(dir, demo.ports);
	const job = jobOf({...command, dir}, demo.seeds);
	return await crawlJob({...job, advice: advice ?? job.advice, isDemo: true}, command, host);
}

async function demoOn(ports: readonly number[] | undefined, dir: string): Promise<Demo> {
	try {
		return await serveDemo({ports});
	} catch (error) {
		const {code, port} = error as {code?: unknown; port?: unknown};
		if (code !== 'EADDRINUSE') throw error;
		throw new CrawlError(
			`port ${String(port)} of the demo in ${dir} is in use: by a process that crawls into it, or by another program`,
		);
	}
}

async function crawlJob(job: Job, command: CrawlCommand, host: Host): Promise<number> {
	const {json, ui: port, keepUi, command: _1, urls: _2, dir: _3, fresh: _4, ...settings} = command;
	const {dir, seeds, fresh} = job;
	await using crawl = await Crawl.open({...settings, dir, seeds, fresh});
	await using page = port === undefined ? undefined : await serveUi(crawl, port, subjectOf(job));
	const code = await showCrawl(crawl, page, {job, json}, host);
	// Without a terminal nobody is there to close it, unless that was asked for.
	if (page !== undefined && (keepUi || isInteractive(host, json))) await untilClosed(page, host);
	return code;
}

function subjectOf({dir, seeds, isDemo}: Job): Subject {
	const what = seeds.length > 0 ? seeds.join(' ') : 'what was left of it';
	return {
		what: isDemo === true ? `${what} (the demo)` : what,
		dir,
		list(ending) {
			using reader = new CrawlReader(dir);
			return reader.endedAs(ending, listedAtMost);
		},
	};
}

/** Serves the page of a crawl that has ended, until somebody closes it. */
async function untilClosed({url, closed}: LivePage, host: Host): Promise<void> {
	host.stderr.write(`the live page stays at ${url} until its Close button or Ctrl-C\n`);
	const signals = ['SIGINT', 'SIGTERM'];
	let listener = (): void => {};
	const interrupted = new Promise<void>((resolve) => {
		listener = resolve;
		for (const signal of signals) host.on(signal, listener);
	});
	await Promise.race([closed, interrupted]);
	for (const signal of signals) host.off(signal, listener);
}

/** Crawls, with all that shows and controls it. */
async function showCrawl(
	crawl: Crawl,
	page: LivePage | undefined,
	{job, json}: {readonly job: Job; readonly json: boolean},
	host: Host,
): Promise<number> {
	const {dir} = job;
	const {display, isInteractive} = displayFor(crawl, host, json);
	using _display = display;
	await using _control = await controlOrNotice(crawl, dir, display);
	using complaints = new Complaints(crawl);
	using _controls = listen(crawl, display, host, {isInteractive, advice: job.advice});
	crawl.on('page', (page) => tellOfOtherSite(page, display));
	greet(crawl, display, {job, page, isInteractive});
	const failure = await failureOf(crawl);
	const {status} = crawl;
	const [first = '', second = ''] = reportLines(status, Date.now());
	const isLeft = status.state === 'stopped';
	const silent = isLeft ? silentLines(status, Date.now()) : [];
	display.summary([first, second, ...complaints.lines, ...silent, ...(isLeft ? [job.advice] : [])]);
	if (failure !== undefined) host.stderr.write(`error: ${failure}\n`);
	if (status.state === 'failed') return exitCodes.error;
	return isLeft ? exitCodes.workLeft : exitCodes.done;
}

// The crawl stays on where its start pages lead to: on more than the user may have in mind.
function tellOfOtherSite({url, finalUrl, ending, depth}: PageRecord, display: Display): void {
	if (ending !== 'redirect' || depth > 0 || finalUrl === undefined) return;
	const {origin} = new URL(finalUrl);
	if (origin !== new URL(url).origin)
		display.notice(`${url} leads to another site: ${origin} is crawled, too`);
}

/** A crawl that cannot be reached from outside is better than none. */
async function controlOrNotice(
	crawl: LiveCrawl,
	dir: string,
	display: Display,
): Promise<AsyncDisposable | undefined> {
	try {
		return await serveControl(crawl, dir);
	} catch (error) {
		display.notice(`no control from other terminals: ${(error as Error).message}`);
		return undefined;
	}
}

async function failureOf(crawl: Crawl): Promise<string | undefined> {
	try {
		await crawl.run();
		return undefined;
	} catch (error) {
		if (isOrdinary(error)) return error.message;
		throw error;
	}
}

function displayFor(
	crawl: LiveCrawl,
	{stdin, stdout, stderr, env}: Host,
	json: boolean,
): {display: Display | TerminalDisplay; isInteractive: boolean} {
	const isTerminal = isOnTerminal({stdout, env}, json);
	if (!isTerminal) return {display: new JsonDisplay(stdout, stderr, crawl), isInteractive: false};
	const hasKeys = stdin.isTTY === true;
	const hasColors = (env['NO_COLOR'] ?? '') === '';
	return {display: new TerminalDisplay(stdout, crawl, {hasKeys, hasColors}), isInteractive: hasKeys};
}

function isOnTerminal({stdout, env}: Pick<Host, 'stdout' | 'env'>, json: boolean): boolean {
	return stdout.isTTY === true && env['TERM'] !== 'dumb' && !json;
}

function isInteractive(host: Host, json: boolean): boolean {
	return isOnTerminal(host, json) && host.stdin.isTTY === true;
}

interface Greeting {
	readonly job: Job;
	readonly page: LivePage | undefined;
	readonly isInteractive: boolean;
}

function greet(crawl: LiveCrawl, display: Display, {job, page, isInteractive}: Greeting): void {
	const {dir, seeds, isDemo} = job;
	const what = isDemo === true ? `${seeds.join(' ')} (the demo)` : seeds.length > 0 ? seeds.join(' ') : 'on';
	display.notice(`crawling ${what}, in ${dir}`);
	if (page !== undefined) display.notice(`live page: ${page.url}`);
	const {holds} = crawl.status;
	const how = isInteractive ? 'r resumes' : `resume ${dir} from another terminal`;
	for (const hold of holds) display.notice(`still paused: ${holdText(hold, Date.now())}; ${how}`);
}

interface ListenOptions {
	readonly isInteractive: boolean;
	readonly advice: string;
}

/** Lets keys and signals control the crawl until disposed of; the terminal is as before after any exit. */
function listen(
	crawl: LiveCrawl,
	display: Display | TerminalDisplay,
	host: Host,
	{isInteractive, advice}: ListenOptions,
): Disposable {
	const say = (text: string): void => display.notice(text);
	const interruption = new Interruption(crawl, {say, advice, exit: () => host.exit(exitCodes.workLeft)});
	const interrupt = (): void => interruption.interrupt();
	const terminate = (): void => interruption.terminate();
	// Node takes back that nohup has the signal ignored; without a terminal it is no terminal of this crawl.
	const {stdin, stdout, stderr} = host;
	const hangUp = [stdin, stdout, stderr].some(({isTTY}) => isTTY === true) ? terminate : (): void => {};
	const keys =
		isInteractive && display instanceof TerminalDisplay
			? new Keyboard(crawl, display, host, interruption)
			: undefined;
	const restore = (): void => {
		keys?.[Symbol.dispose]();
		display[Symbol.dispose]();
	};
	const listeners: [string, () => void][] = [
		['SIGINT', interrupt],
		['SIGTERM', terminate],
		['SIGHUP', hangUp],
		['exit', restore],
	];
	for (const [name, listener] of listeners) host.on(name, listener);
	// Nobody reads any more, as with `| head`.
	const end = (error: unknown): void => {
		if (!isReaderGone(error)) host.stderr.write(`error: ${wordsOf(error)}\n`);
		terminate();
	};
	host.stdout.on('error', end);
	return {
		[Symbol.dispose]() {
			restore();
			for (const [name, listener] of listeners) host.off(name, listener);
			host.stdout.off('error', end);
		},
	};
}
