import {parseArgs} from 'node:util';
import {UsageError} from '../crawler/args.ts';
import {pageUrl} from '../crawler/engine/urls.ts';

export interface Command {
	readonly command: 'crawl' | 'pause' | 'resume' | 'abort' | 'status' | 'pages' | 'help';
	/** Where to start; of the others, a host. */
	readonly urls: readonly string[];
	readonly host: string | undefined;
	readonly name: string;
	readonly redis: string | undefined;
	readonly dir: string;
	readonly processes: number;
	readonly concurrency: number;
	readonly leaseMs: number;
	readonly reason: string | undefined;
	readonly fresh: boolean;
	readonly json: boolean;
}

type Name = Command['command'];
type Env = Readonly<Record<string, string | undefined>>;

const text = {type: 'string'} as const;
const flag = {type: 'boolean'} as const;
const everywhere = {redis: text, name: text, dir: text, help: {...flag, short: 'h'}} as const;
const all = {processes: text, concurrency: text, lease: text, fresh: flag, reason: text, json: flag} as const;
const optionsOf: Readonly<Record<Name, readonly (keyof typeof all)[]>> = {
	crawl: ['processes', 'concurrency', 'lease', 'fresh'],
	pause: ['reason'],
	resume: [],
	abort: ['reason'],
	status: ['json'],
	pages: [],
	help: [],
};

/** Reads the arguments after the program's name. Throws a {@link UsageError} that says what is wrong. */
export function parseCommandLine(argv: readonly string[], env: Env): Command {
	const [first = ''] = argv;
	const isNamed = Object.hasOwn(optionsOf, first);
	const name = isNamed ? (first as Name) : 'crawl';
	const {values, positionals} = parse(name, isNamed ? argv.slice(1) : argv);
	const redis = values.redis ?? env['FLEET_REDIS'];
	const processes = wholeNumber('--processes', values.processes, redis === undefined ? 1 : 2, 64);
	if (processes > 1 && redis === undefined)
		throw new UsageError(`--processes ${processes} need a server that they share: give --redis URL, too`);
	return {
		command: values.help === true ? 'help' : name,
		urls: name === 'crawl' ? positionals.map(startUrl) : [],
		host: name === 'crawl' ? undefined : oneHost(name, positionals),
		name: values.name ?? 'fleet',
		redis: redis === undefined ? undefined : redisUrl(redis),
		dir: values.dir ?? 'crawl-fleet',
		processes,
		concurrency: wholeNumber('--concurrency', values.concurrency, 8, 1000),
		leaseMs: 1000 * wholeNumber('--lease', values.lease, 15, 3600),
		reason: values.reason,
		fresh: values.fresh === true,
		json: values.json === true,
	};
}

function parse(name: Name, args: readonly string[]) {
	try {
		const parsed = parseArgs({args: [...args], allowPositionals: true, options: {...everywhere, ...all}});
		const foreign = Object.keys(all).find(
			(key) => key in parsed.values && !optionsOf[name].includes(key as keyof typeof all),
		);
		if (foreign !== undefined) throw new Error(`unknown option '--${foreign}' of ${name}`);
		return parsed;
	} catch (error) {
		const [sentence = ''] = (error as Error).message.split(/\. |\n/);
		throw new UsageError(sentence.charAt(0).toLowerCase() + sentence.slice(1));
	}
}

function oneHost(name: Name, [host, ...rest]: readonly string[]): string | undefined {
	if (rest.length > 0) throw new UsageError(`${name} takes one host, or none for all of them`);
	if (host === undefined) return undefined;
	const url = `http://${host}/`;
	if (/^[^/?#@\\]+$/.test(host) && URL.canParse(url)) return new URL(url).host;
	throw expected('a host like example.org or localhost:8080', host);
}

function startUrl(text: string): string {
	const url = pageUrl(text);
	if (url === undefined) throw expected('a command, or an http or https URL to start from', text);
	return url;
}

function redisUrl(text: string): string {
	if (/^rediss?:\/\//.test(text) && URL.canParse(text)) return text;
	throw expected('a URL like redis://127.0.0.1:6379 for --redis', text);
}

function wholeNumber(option: string, text: string | undefined, preset: number, most: number): number {
	if (text === undefined) return preset;
	const number = Number(text);
	if (/^\d+$/.test(text) && number >= 1 && number <= most) return number;
	throw expected(`a whole number from 1 to ${most} for ${option}`, text);
}

function expected(what: string, got: string): UsageError {
	return new UsageError(`expected ${what}, got '${got}'`);
}
