import {parseArgs, type ParseArgsConfig} from 'node:util';
import {momentAfter, momentAt} from './times.ts';

export interface CrawlCommand {
	readonly command: 'crawl';
	/** Where to start. Without one it goes on with what is in `dir`, or crawls the demo. */
	readonly urls: readonly string[];
	readonly dir: string | undefined;
	readonly concurrency: number | undefined;
	readonly perHost: number | undefined;
	readonly delayMs: number | undefined;
	readonly timeoutMs: number | undefined;
	readonly maxPages: number | undefined;
	readonly maxDepth: number | undefined;
	readonly include: RegExp | undefined;
	readonly exclude: RegExp | undefined;
	readonly userAgent: string | undefined;
	readonly ignoreRobots: boolean;
	readonly savePages: boolean;
	readonly paused: boolean;
	readonly fresh: boolean;
	readonly retryFailed: boolean;
	readonly json: boolean;
	/** The port of the live page; 0 is any that is free. */
	readonly ui: number | undefined;
	/** The live page stays after the end, also without a terminal. */
	readonly keepUi: boolean;
}

/** Asks something of a crawl that another process runs. */
export interface RemoteCommand {
	readonly command: 'status' | 'pause' | 'resume' | 'stop';
	readonly dir: string;
	readonly host: string | undefined;
	readonly until: Date | undefined;
	readonly reason: string | undefined;
	/** Stop: abort what is in flight. */
	readonly now: boolean;
	readonly json: boolean;
}

export interface ExportCommand {
	readonly command: 'export';
	readonly dir: string;
	readonly format: 'jsonl' | 'csv';
	readonly only: Ending | undefined;
}

export type Command = {readonly command: 'help'} | CrawlCommand | RemoteCommand | ExportCommand;

const endings = ['page', 'redirect', 'skipped', 'failed'] as const;
const formats = ['jsonl', 'csv'] as const;
type Ending = (typeof endings)[number];

export class UsageError extends Error {
	override readonly name = 'UsageError';
}

const text = {type: 'string'} as const;
const flag = {type: 'boolean'} as const;

const optionsOf = {
	crawl: {
		dir: text,
		concurrency: text,
		'per-host': text,
		delay: text,
		timeout: text,
		'max-pages': text,
		'max-depth': text,
		include: text,
		exclude: text,
		'user-agent': text,
		'ignore-robots': flag,
		'save-pages': flag,
		paused: flag,
		fresh: flag,
		'retry-failed': flag,
		json: flag,
		ui: text,
		'keep-ui': flag,
	},
	status: {json: flag},
	pause: {host: text, for: text, until: text, reason: text},
	resume: {host: text},
	stop: {now: flag},
	export: {format: text, only: text},
} as const satisfies Record<string, ParseArgsConfig['options']>;

type CommandName = keyof typeof optionsOf;
type Values = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Reads the arguments after the program's name; `now` is where `--for` counts from.
 * Throws a {@link UsageError} that says what is wrong.
 */
export function parseCommandLine(argv: readonly string[], now: Date = new Date()): Command {
	const [first = ''] = argv;
	if (first === 'help') return {command: 'help'};
	const name = Object.hasOwn(optionsOf, first) ? (first as CommandName) : undefined;
	const {values, positionals} = parse(name ?? 'crawl', name === undefined ? argv : argv.slice(1));
	if (values['help'] === true) return {command: 'help'};
	const command = name ?? 'crawl';
	if (command === 'crawl') return crawlCommand(positionals, values);
	const dir = oneFolder(command, positionals);
	if (command === 'export') {
		const format = oneOf('--format', formats, values['format']) ?? 'jsonl';
		return {command, dir, format, only: oneOf('--only', endings, values['only'])};
	}
	return {
		command,
		dir,
		host: optional(values['host'], hostName),
		until: moment(values, now),
		reason: optional(values['reason'], reasonText),
		now: values['now'] === true,
		json: values['json'] === true,
	};
}

function parse(command: CommandName, args: readonly string[]): {values: Values; positionals: string[]} {
	try {
		const options: ParseArgsConfig['options'] = {...optionsOf[command], help: {type: 'boolean', short: 'h'}};
		return parseArgs({args: [...args], allowPositionals: true, options}) as {
			values: Values;
			positionals: string[];
		};
	} catch (error) {
		// Node's own messages are good; what comes after the first sentence is about positionals.
		const [sentence = ''] = String((error as Error).message).split(/\. |\n/);
		const where = command === 'crawl' ? '' : ` of ${command}`;
		throw new UsageError(lowerFirst(sentence).replace(/^unknown option '.*'/, `$&${where}`));
	}
}

function crawlCommand(urls: readonly string[], values: Values): CrawlCommand {
	const most = Number.MAX_SAFE_INTEGER;
	const number = (name: string, least: number, limit: number): number | undefined =>
		optional(values[name], (value) => wholeNumber(`--${name}`, value, least, limit));
	const seconds = number('timeout', 1, 86_400);
	if (values['fresh'] === true && values['retry-failed'] === true)
		throw new UsageError('expected --fresh or --retry-failed, got both');
	return {
		command: 'crawl',
		urls: urls.map(startUrl),
		dir: optional(values['dir'], (value) => folder('--dir', value)),
		concurrency: number('concurrency', 1, 1000),
		perHost: number('per-host', 1, 1000),
		delayMs: number('delay', 0, 86_400_000),
		timeoutMs: seconds === undefined ? undefined : seconds * 1000,
		maxPages: number('max-pages', 1, most),
		maxDepth: number('max-depth', 0, most),
		include: optional(values['include'], (value) => pattern('--include', value)),
		exclude: optional(values['exclude'], (value) => pattern('--exclude', value)),
		userAgent: optional(values['user-agent'], userAgent),
		ignoreRobots: values['ignore-robots'] === true,
		savePages: values['save-pages'] === true,
		paused: values['paused'] === true,
		fresh: values['fresh'] === true,
		retryFailed: values['retry-failed'] === true,
		json: values['json'] === true,
		ui: number('ui', 0, 65_535),
		keepUi: values['keep-ui'] === true,
	};
}

function optional<T>(value: string | boolean | undefined, read: (text: string) => T): T | undefined {
	return typeof value === 'string' ? read(value) : undefined;
}

function lowerFirst(sentence: string): string {
	return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function expected(what: string, got: string): UsageError {
	return new UsageError(`expected ${what}, got '${got}'`);
}

function startUrl(value: string): string {
	if (!URL.canParse(value)) throw expected('a url like https://example.org/', value);
	const url = new URL(value);
	if (url.protocol !== 'http:' && url.protocol !== 'https:') throw expected('an http or https url', value);
	if (url.username !== '' || url.password !== '')
		throw new UsageError('a url with a user name or password is not supported');
	return url.href;
}

function oneFolder(command: string, positionals: readonly string[]): string {
	const [dir, ...rest] = positionals;
	if (dir === undefined) throw new UsageError(`expected the folder of a crawl after ${command}`);
	if (rest.length > 0)
		throw new UsageError(
			`expected one folder after ${command}, got ${1 + rest.length}: ${dir} ${rest.join(' ')}`,
		);
	return folder(command, dir);
}

function folder(option: string, value: string): string {
	if (value === '' || value.includes('\0')) throw expected(`a folder for ${option}`, value);
	return value;
}

function wholeNumber(option: string, value: string, least: number, most: number): number {
	const number = Number(value);
	if (/^\d+$/.test(value) && number >= least && number <= most) return number;
	throw expected(`a whole number from ${least} to ${most} for ${option}`, value);
}

function pattern(option: string, value: string): RegExp {
	try {
		return new RegExp(value);
	} catch (error) {
		const why = String((error as Error).message).replace(/^.*: /s, '');
		throw new UsageError(`expected a regular expression for ${option}, got '${value}' (${why})`);
	}
}

function userAgent(value: string): string {
	// It has to fit into one header line, and its first word is what robots.txt is asked for.
	if (/^[A-Za-z][\x20-\x7e]*$/.test(value)) return value;
	throw expected('ASCII that starts with a letter for --user-agent', value);
}

function hostName(value: string): string {
	const url = `http://${value}/`;
	if (URL.canParse(url) && /^[^/?#@\\]+$/.test(value)) return new URL(url).host;
	throw expected('a host like example.org or localhost:8080 for --host', value);
}

function reasonText(value: string): string {
	if (value.length > 0 && value.length <= 100) return value;
	throw new UsageError(`expected 1 to 100 characters for --reason, got ${value.length}`);
}

function oneOf<T extends string>(
	option: string,
	allowed: readonly T[],
	value: string | boolean | undefined,
): T | undefined {
	if (value === undefined) return undefined;
	const found = allowed.find((one) => one === value);
	if (found === undefined) throw expected(`one of ${allowed.join(', ')} for ${option}`, String(value));
	return found;
}

function moment(values: Values, now: Date): Date | undefined {
	const {for: span, until} = values;
	if (span !== undefined && until !== undefined) throw new UsageError('expected --for or --until, got both');
	const date =
		optional(span, (value) => momentAfter(now, value)) ?? optional(until, (value) => momentAt(now, value));
	if (date !== undefined || (span === undefined && until === undefined)) return date;
	if (span !== undefined) throw expected('a time such as 90s, 10m or 1h30m for --for', String(span));
	throw expected('a time to come, such as 22:00 or 2030-12-31T22:00, for --until', String(until));
}
