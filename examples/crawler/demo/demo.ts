import {gazette} from './gazette.ts';
import {market} from './market.ts';
import {museum} from './museum.ts';
import {type DemoServer, type DemoServerOptions, serveDemoSite} from './server.ts';

export interface Demo extends AsyncDisposable {
	/** Where to start: the front page of each site. */
	readonly seeds: readonly string[];
}

/** Serves the demo on this machine: three sites that link to each other, a few hundred pages in all. */
export async function serveDemo(options: DemoServerOptions = {}): Promise<Demo> {
	const origins = new Map<string, string>();
	const servers: DemoServer[] = [];
	for (const site of [gazette(), market(), museum(0.2 * (options.slowness ?? 1))]) {
		const server = await serveDemoSite(site, {...options, origins});
		origins.set(site.name, server.origin);
		servers.push(server);
	}
	return {
		seeds: servers.map(({start}) => start),
		async [Symbol.asyncDispose]() {
			await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
		},
	};
}
