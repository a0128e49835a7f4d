import {parseArgs} from 'node:util';

export interface CrawlCommand {
	readonly command: 'crawl';
	/** Where to start; without one, the demo site is crawled. */
	readonly url: string | undefined;
	readonly concurrency: number;
	readonly maxPages: number;
	/** Milliseconds for one request. */
	readonly timeout: number;
	readonly userAgent: string;
	readonly json: boolean;
}

export type Command = {readonly command: 'help'} | CrawlCommand;

export class UsageError extends Error {
	override readonly name = 'UsageError';
}

export const defaultUserAgent = 'pausable-signal-crawler/0.1 (example of the npm package pausable-signal)';

export const help = `Crawls a site, politely, and can be paused.

Usage: npm start -- [url] [options]

Without a url it crawls a demo site, which it serves itself on this machine.
It stays on the origin of the url and obeys its robots.txt.

Options
  --concurrency N    pages in flight at once (8)
  --max-pages N      stop looking for more after N pages (no limit)
  --timeout SECONDS  for one request; paused time does not count (30)
  --user-agent UA    what to call itself, also to robots.txt
  --json             JSON lines, also on a terminal
  -h, --help         this text

Keys, on a terminal
  p  pause: no new request, what is in flight ends
  r  resume      s  status      q  stop
  Ctrl-C  stop; a second one exits now

Exit codes
  0  done      1  error: nothing could be crawled
  2  usage     3  stopped with work left
`;

/** Reads the arguments after the program's name. Throws a {@link UsageError} that says what is wrong. */
export function parseCommandLine(argv: readonly string[]): Command {
	const {values, positionals} = parse(argv);
	if (values.help) return {command: 'help'};
	if (positionals.length > 1) {
		throw new UsageError(`expected one url, got ${positionals.length}: ${positionals.join(' ')}`);
	}
	return {
		command: 'crawl',
		url: positionals[0] === undefined ? undefined : startUrl(positionals[0]),
		concurrency: wholeNumber('--concurrency', values.concurrency, 1000) ?? 8,
		maxPages: wholeNumber('--max-pages', values['max-pages'], Number.MAX_SAFE_INTEGER) ?? Infinity,
		timeout: 1000 * (wholeNumber('--timeout', values.timeout, 86_400) ?? 30),
		userAgent: userAgent(values['user-agent'] ?? defaultUserAgent),
		json: values.json ?? false,
	};
}

function parse(argv: readonly string[]) {
	try {
		return parseArgs({
			args: [...argv],
			allowPositionals: true,
			options: {
				concurrency: {type: 'string'},
				'max-pages': {type: 'string'},
				timeout: {type: 'string'},
				'user-agent': {type: 'string'},
				json: {type: 'boolean'},
				help: {type: 'boolean', short: 'h'},
			},
		});
	} catch (error) {
		// Node's own messages are good; what comes after the first sentence is about positionals.
		const [sentence] = String((error as Error).message).split(/[.\n]/);
		throw new UsageError(lowerFirst(sentence ?? ''));
	}
}

function lowerFirst(text: string): string {
	return text.charAt(0).toLowerCase() + text.slice(1);
}

function startUrl(text: string): string {
	if (!URL.canParse(text)) throw new UsageError(`expected a url like https://example.org/, got '${text}'`);
	const url = new URL(text);
	if (url.protocol !== 'http:' && url.protocol !== 'https:') {
		throw new UsageError(`expected an http or https url, got '${text}'`);
	}
	if (url.username !== '' || url.password !== '') {
		throw new UsageError('a url with a user name or password is not supported');
	}
	return url.href;
}

function wholeNumber(option: string, text: string | undefined, most: number): number | undefined {
	if (text === undefined) return undefined;
	const value = Number(text);
	if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
	throw new UsageError(`expected a whole number from 1 to ${most} for ${option}, got '${text}'`);
}

function userAgent(text: string): string {
	// It has to fit into one header line, and its first word is what robots.txt is asked for.
	if (/^[A-Za-z][\x20-\x7e]*$/.test(text)) return text;
	throw new UsageError(`expected a user agent in ASCII that starts with a letter, got '${text}'`);
}
