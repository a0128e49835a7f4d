import {EventEmitter, once} from 'node:events';
import {createServer, type RequestListener} from 'node:http';
import type {AddressInfo} from 'node:net';
import {Gate} from 'pausable-signal';
import type {Host} from '../../examples/crawler/app.ts';
import type {Ending} from '../../examples/crawler/frontier.ts';
import {type DemoServer, serveDemoSite, type ServerEvent} from '../../examples/crawler/demo-server.ts';
import {type Behaviour, type DemoPage, type DemoSite, demoSite} from '../../examples/crawler/demo-site.ts';

const endings: Record<Behaviour, Ending> = {
	page: 'page',
	slow: 'page',
	dripping: 'page',
	flaky: 'page',
	redirect: 'redirect',
	picture: 'skipped',
	huge: 'failed',
	missing: 'failed',
	broken: 'failed',
};

/** What a crawl should make of the site, from the site's own plan and not from its HTML: path → ending. */
export function expectedCrawl(site: DemoSite): Record<string, Ending> {
	const found: Record<string, Ending> = {};
	const visit = (page: DemoPage | undefined): void => {
		if (page === undefined || page.path in found) return;
		const ending = page.isAllowed ? endings[page.behaviour] : 'skipped';
		found[page.path] = ending;
		if (ending === 'page' || ending === 'redirect')
			for (const link of page.links) visit(site.pages.get(link));
	};
	visit(site.pages.get(site.start));
	return found;
}

/** A stream that remembers what was written, and can be waited for. */
export class FakeOutput extends EventEmitter {
	readonly isTTY: boolean;
	columns = 100;
	text = '';

	constructor(isTTY: boolean) {
		super();
		this.isTTY = isTTY;
	}

	write(text: string): void {
		this.text += text;
		this.emit('written');
	}

	get lines(): string[] {
		return this.text.split('\n').filter((line) => line !== '');
	}

	/** Resolves once something that was written after the last such wait matches. */
	async until(pattern: RegExp): Promise<string> {
		for (;;) {
			const match = pattern.exec(this.text.slice(this.#seen));
			if (match !== null) {
				this.#seen += match.index + match[0].length;
				return match[0];
			}
			await new Promise((resolve) => this.once('written', resolve));
		}
	}
	#seen = 0;
}

export class FakeInput extends EventEmitter {
	readonly isTTY: boolean;
	isRaw = false;
	isReading = false;
	touched = 0;

	constructor(isTTY: boolean) {
		super();
		this.isTTY = isTTY;
	}

	setRawMode(isRaw: boolean): void {
		this.touched++;
		this.isRaw = isRaw;
	}

	resume(): void {
		this.isReading = true;
	}

	pause(): void {
		this.isReading = false;
	}

	type(keys: string): void {
		this.emit('data', Buffer.from(keys));
	}
}

/** A process to run the program in, with or without a terminal. */
export class FakeHost extends EventEmitter implements Host {
	readonly stdin: FakeInput;
	readonly stdout: FakeOutput;
	readonly stderr: FakeOutput;
	readonly exits: number[] = [];

	constructor({isTTY = false}: {isTTY?: boolean} = {}) {
		super();
		this.stdin = new FakeInput(isTTY);
		this.stdout = new FakeOutput(isTTY);
		this.stderr = new FakeOutput(isTTY);
	}

	exit(code: number): void {
		this.exits.push(code);
	}
}

/** The demo site, with an account of who asks it for what, and a gate that holds all answers. */
export class WatchedSite {
	readonly site: DemoSite = demoSite();
	readonly gate: Gate = new Gate();
	readonly requests: string[] = [];
	/** Requests that are not answered yet. */
	open = 0;
	connections = 0;
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
		if (event === 'connect') this.connections++;
		if (event === 'disconnect') this.connections--;
		this.#changes.emit('change');
	}

	async untilOpen(count: number): Promise<void> {
		while (this.open !== count) await once(this.#changes, 'change');
	}

	async untilConnected(count: number): Promise<void> {
		while (this.connections !== count) await once(this.#changes, 'change');
	}

	async untilRequested(path: string): Promise<void> {
		while (!this.requests.includes(path)) await once(this.#changes, 'change');
	}

	/** Round trips to the server: what was sent to it before them has arrived after them. */
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

/** A server of a few lines, for what the demo site has not. */
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
