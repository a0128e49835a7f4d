import {EventEmitter, once} from 'node:events';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {Gate} from 'pausable-signal';

export interface FleetSiteOptions {
	readonly hosts: number;
	/** Of each host. */
	readonly pages: number;
	/** How long each page takes. */
	readonly answerMs?: number;
}

/** Hosts whose pages are trees, each linking to the next host's as well; they count their requests. */
export class FleetSite implements AsyncDisposable {
	/** While it is closed, no page is answered. */
	readonly gate: Gate = new Gate();
	/** URL → how often it was requested; robots.txt is left out. */
	readonly requests: Map<string, number> = new Map();
	/** Host → the seconds that its answers ask to wait. */
	readonly refusing: Map<string, number> = new Map();
	/** Requests of pages so far. */
	total = 0;
	readonly #options: FleetSiteOptions;
	readonly #servers: Server[] = [];
	readonly #events = new EventEmitter();

	static async start(options: FleetSiteOptions): Promise<FleetSite> {
		const site = new FleetSite(options);
		for (let number = 0; number < options.hosts; number++) {
			const server = createServer((request, response) => void site.#answer(number, request, response));
			site.#servers.push(server);
			await once(server.listen(0, '127.0.0.1'), 'listening');
		}
		return site;
	}

	private constructor(options: FleetSiteOptions) {
		this.#options = options;
	}

	get hosts(): string[] {
		return this.#servers.map((_, number) => this.host(number));
	}

	get seeds(): string[] {
		return this.hosts.map((host) => `http://${host}/0`);
	}

	/** URL → how its visit should end. */
	get expected(): Record<string, string> {
		const urls: [string, string][] = [];
		for (const host of this.hosts) {
			for (let page = 0; page < this.#options.pages; page++) urls.push([`http://${host}/${page}`, 'page']);
			urls.push([`http://${host}/moved`, 'redirect'], [`http://${host}/missing`, 'failed']);
		}
		return Object.fromEntries(urls);
	}

	host(number: number): string {
		const {port} = this.#servers[number % this.#servers.length]!.address() as AddressInfo;
		return `127.0.0.1:${port}`;
	}

	/** The requested URLs of a host. */
	urlsOf(host: string): string[] {
		return [...this.requests.keys()].filter((url) => new URL(url).host === host);
	}

	/** Resolves once this many pages were requested. */
	async untilAsked(total: number): Promise<void> {
		while (this.total < total) await once(this.#events, 'request');
	}

	async #answer(number: number, {url = ''}: IncomingMessage, response: ServerResponse): Promise<void> {
		if (url === '/robots.txt') return void response.writeHead(404).end();
		const [host, path] = [this.host(number), url.slice(1)];
		this.#count(`http://${host}${url}`);
		const {answerMs = 0} = this.#options;
		await this.gate.wait();
		await new Promise((resolve) => setTimeout(resolve, answerMs));
		const seconds = this.refusing.get(host);
		if (seconds !== undefined) return void response.writeHead(429, {'retry-after': String(seconds)}).end();
		if (path === 'missing') return void response.writeHead(404).end();
		if (path === 'moved') return void response.writeHead(301, {location: '/1'}).end();
		response.writeHead(200, {'content-type': 'text/html'});
		response.end(this.#html(number, Number(path)));
	}

	#count(url: string): void {
		this.requests.set(url, (this.requests.get(url) ?? 0) + 1);
		this.total++;
		this.#events.emit('request');
	}

	#html(number: number, page: number): string {
		const children = [2 * page + 1, 2 * page + 2].filter((child) => child < this.#options.pages);
		const neighbour = `http://${this.host(number + 1)}/${page}`;
		const links = [...children, neighbour, 'moved', 'missing', 'http://elsewhere.invalid/'];
		return `<title>page ${page}</title>${links.map((link) => `<a href="${link}">x</a>`).join('')}`;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.gate.open();
		for (const server of this.#servers) {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		}
	}
}
