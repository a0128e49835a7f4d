import {exitCodes} from '../crawler/exit-codes.ts';
import type {Sink} from '../crawler/export.ts';
import {explainFailure} from '../crawler/failure.ts';
import {parseCommandLine} from './args.ts';
import {crawl, type Host as CrawlHost} from './crawling.ts';
import {help} from './help.ts';
import {order} from './orders.ts';

/** What the program needs of the process it runs in. */
export interface Host extends CrawlHost {
	readonly stdout: CrawlHost['stdout'] & Sink;
	readonly stderr: Pick<Sink, 'write' | 'on'>;
	readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs the program, and says with which code it exits. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
	// Who reads them may go away at any time, as `| head` does.
	for (const stream of [host.stdout, host.stderr]) stream.on('error', () => {});
	try {
		return await perform(argv, host);
	} catch (error) {
		return explainFailure(error, host.stderr);
	}
}

async function perform(argv: readonly string[], host: Host): Promise<number> {
	const options = parseCommandLine(argv, host.env);
	const {command} = options;
	if (command === 'crawl') return crawl(options, host);
	if (command !== 'help') return order(command, options, host.stdout);
	host.stdout.write(help);
	return exitCodes.done;
}
