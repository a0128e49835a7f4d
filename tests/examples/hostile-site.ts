import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {HostileHost, Hosts} from './hostile-hosts.ts';

/** Serves the hostile hosts, each on a port of its own, and counts the requests to each. */
export class HostileSite implements AsyncDisposable {
	readonly #hosts: Hosts;
	readonly #servers = new Map<string, Server>();
	/** URL → how often it was requested. */
	readonly requests: Map<string, number> = new Map();
	/** All requests so far. */
	total = 0;

	private constructor(hosts: Hosts) {
		this.#hosts = hosts;
	}

	static async start(hosts: Hosts): Promise<HostileSite> {
		const site = new HostileSite(hosts);
		for (const [name, host] of Object.entries(site.#hosts)) await site.#serve(name, host);
		return site;
	}

	async #serve(name: string, host: HostileHost): Promise<void> {
		let count = 0;
		const server = createServer((request, response) => {
			const isRobots = request.url === '/robots.txt';
			this.#answer(name, host, {request, response, count: isRobots ? 0 : count++});
		});
		this.#servers.set(name, server);
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	}

	#answer(
		name: string,
		host: HostileHost,
		{request, response, count}: {request: IncomingMessage; response: ServerResponse; count: number},
	): void {
		const path = request.url ?? '';
		const url = this.origin(name) + path;
		const earlier = this.requests.get(url) ?? 0;
		this.requests.set(url, earlier + 1);
		this.total++;
		const exchange = {request, response, path, earlier, count, origin: (other: string) => this.origin(other)};
		if (path !== '/robots.txt') host.answer(exchange);
		else if (host.robots === undefined) response.writeHead(404).end();
		else host.robots(exchange);
	}

	origin(name: string): string {
		const server = this.#servers.get(name);
		if (server === undefined) throw new Error(`no host ${name}`);
		return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	}

	get seeds(): string[] {
		return Object.keys(this.#hosts).map((name) => `${this.origin(name)}/`);
	}

	/** URL → how it should end. */
	get expected(): Record<string, string> {
		return Object.fromEntries(
			Object.entries(this.#hosts).flatMap(([name, {expected}]) =>
				Object.entries(expected).map(([path, result]) => [this.origin(name) + path, result]),
			),
		);
	}

	/** How often each page that answers the first time was requested. */
	pathsAskedOnce(): number[] {
		const calm = ['slow', 'crowd', 'trap', 'charsets'].map((name) => this.origin(name));
		const asked = [...this.requests].filter(([url]) => calm.includes(new URL(url).origin));
		return asked.filter(([url]) => !url.endsWith('/robots.txt')).map(([, count]) => count);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		for (const server of this.#servers.values()) {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		}
	}
}
