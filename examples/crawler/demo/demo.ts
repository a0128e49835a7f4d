import {gazette} from './gazette.ts';
import {market} from './market.ts';
import {museum} from './museum.ts';
import {type DemoServer, type DemoServerOptions, serveDemoSite} from './server.ts';

export interface Demo extends AsyncDisposable {
	/** Where to start: the front page of each site. */
	readonly seeds: readonly string[];
	readonly ports: readonly number[];
}

export interface DemoOptions extends Omit<DemoServerOptions, 'port' | 'origins'> {
	/** Those of an earlier demo, to be that one again. Default: of the system's choice. */
	readonly ports?: readonly number[] | undefined;
}

/**
 * Serves the demo on this machine: three sites that link to each other, a few hundred pages in all.
 * Rejects with the system's error when a port is in use.
 */
export async function serveDemo({ports = [], ...options}: DemoOptions = {}): Promise<Demo> {
	const origins = new Map<string, string>();
	const servers: DemoServer[] = [];
	const close = async (): Promise<void> => {
		await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
	};
	try {
		for (const [index, site] of [gazette(), market(), museum(0.2 * (options.slowness ?? 1))].entries()) {
			const server = await serveDemoSite(site, {...options, origins, port: ports[index]});
			origins.set(site.name, server.origin);
			servers.push(server);
		}
	} catch (error) {
		await close();
		throw error;
	}
	return {
		seeds: servers.map(({start}) => start),
		ports: servers.map(({port}) => port),
		[Symbol.asyncDispose]: close,
	};
}
