import {EventEmitter, once} from 'node:events';
import {createServer, type RequestListener} from 'node:http';
import type {AddressInfo} from 'node:net';
import {Gate} from 'pausable-signal';
import {gazette} from '../../examples/crawler/demo/gazette.ts';
import {type DemoServer, serveDemoSite, type ServerEvent} from '../../examples/crawler/demo/server.ts';
import type {DemoSite} from '../../examples/crawler/demo/site.ts';

/** The demo's paper, with a record of its requests, and a gate that holds all answers. */
export class WatchedSite {
	readonly site: DemoSite = gazette();
	readonly gate: Gate = new Gate();
	readonly requests: string[] = [];
	/** Requests that are not answered yet. */
	open = 0;
	readonly #changes = new EventEmitter();
	#server!: DemoServer;

	static async start(): Promise<WatchedSite> {
		const watched = new WatchedSite();
		const log = (event: ServerEvent, path: string): void => watched.#note(event, path);
		watched.#server = await serveDemoSite(watched.site, {slowness: 0, gate: watched.gate, log});
		return watched;
	}

	#note(event: ServerEvent, path: string): void {
		if (path === '/ping') return;
		if (event === 'request') this.requests.push(path);
		if (event === 'request') this.open++;
		if (event === 'end') this.open--;
		this.#changes.emit('change');
	}

	async untilOpen(count: number): Promise<void> {
		while (this.open !== count) await once(this.#changes, 'change');
	}

	async untilRequested(path: string): Promise<void> {
		while (!this.requests.includes(path)) await once(this.#changes, 'change');
	}

	/** Round trips to the server: everything sent before them has arrived after them. */
	async settle(): Promise<void> {
		for (let ping = 0; ping < 5; ping++) await (await fetch(`${this.origin}/ping`)).text();
	}

	get url(): string {
		return this.#server.start;
	}

	get origin(): string {
		return this.#server.origin;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.#server[Symbol.asyncDispose]();
	}
}

/** A server of a few lines, for what the demo has not. */
export async function serve(listener: RequestListener): Promise<AsyncDisposable & {origin: string}> {
	const server = createServer(listener);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

export type Pages = Readonly<Record<string, string | RequestListener>>;

/** Serves pages by path; a text is HTML, and a missing page is 404. */
export function servePages(pages: Pages): Promise<AsyncDisposable & {origin: string}> {
	return serve((request, response) => {
		const page = pages[request.url ?? ''];
		if (page === undefined) response.writeHead(404).end();
		else if (typeof page !== 'string') page(request, response);
		else response.writeHead(200, {'content-type': 'text/html'}).end(page);
	});
}

export function anchors(...hrefs: string[]): string {
	return hrefs.map((href) => `<a href="${href}">x</a>`).join('');
}
