import {type Command, type CrawlCommand, type ExportCommand, parseCommandLine} from './args.ts';
import {crawl} from './crawling.ts';
import {CrawlReader} from './engine/reading.ts';
import {exitCodes} from './exit-codes.ts';
import {exported, writeAll} from './export.ts';
import {explainFailure} from './failure.ts';
import {help} from './help.ts';
import type {Host} from './host.ts';
import {control, showStatus} from './remote.ts';

export type {Host} from './host.ts';

/** Runs the program, and says with which code it exits. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
	// Who reads them may go away at any time, and so may the terminal.
	const ignore = (): void => {};
	for (const stream of [host.stdin, host.stdout, host.stderr]) stream.on('error', ignore);
	try {
		return await perform(parseCommandLine(argv), host);
	} catch (error) {
		return explainFailure(error, host.stderr);
	}
}

async function perform(command: Command, host: Host): Promise<number> {
	switch (command.command) {
		case 'help':
			host.stdout.write(help);
			return exitCodes.done;
		case 'crawl':
			return crawl(command satisfies CrawlCommand, host);
		case 'export':
			await exportPages(command, host);
			return exitCodes.done;
		case 'status':
			await showStatus(command, host.stdout);
			return exitCodes.done;
		default:
			return (await control(command, host.stdout)) ? exitCodes.done : exitCodes.error;
	}
}

async function exportPages({dir, format, only}: ExportCommand, host: Host): Promise<void> {
	using reader = new CrawlReader(dir);
	const pages = function* () {
		for (const page of reader.pages()) if (only === undefined || page.ending === only) yield page;
	};
	// A reader who has seen enough is no error.
	await writeAll(host.stdout, exported(pages(), format));
}
