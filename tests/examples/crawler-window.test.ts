import {expect, jest, test} from '@jest/globals';
import {PausableQueue} from 'pausable-signal/queue';
import {Host, type HostKeeper} from '../../examples/crawler/engine/host.ts';
import {HostWindow} from '../../examples/crawler/engine/host-window.ts';
import type {Entry} from '../../examples/crawler/engine/pages-table.ts';
import {Scope} from '../../examples/crawler/engine/scope.ts';
import {fillIn} from '../../examples/crawler/engine/settings.ts';
import {openDatabase, Store} from '../../examples/crawler/engine/store.ts';
import {Folder} from './crawler-lab.ts';

// For machines that are busy with other things.
jest.setTimeout(30_000);

const site = 'http://site.invalid';
const perHost = 4;

/** The hosts of a crawl, without the crawl. */
class Stage implements AsyncDisposable {
	readonly asked: string[] = [];
	readonly mistakes: unknown[] = [];
	readonly queue: PausableQueue = new PausableQueue({concurrency: 8});
	readonly hosts: HostWindow;
	readonly store: Store;
	readonly #folder = new Folder();
	/** Answers with this status, once each. */
	statuses: number[] = [];
	visited: (entry: Entry) => void = () => {};
	mostAtOnce = 0;
	#open = 0;

	constructor() {
		this.store = new Store(openDatabase(this.#folder.path, false), new Scope([site], {}));
		const keeper: HostKeeper = {
			queue: this.queue,
			store: this.store,
			settings: fillIn({
				dir: this.#folder.path,
				fetch: (input) => this.#answer(String(input)),
				ignoreRobots: true,
				perHost,
				backOff: {baseMs: 1, maxMs: 1},
			}),
			room: Infinity,
			visited: (entry) => this.visited(entry),
			changed: (host) => {
				this.hosts.noteHeld(host);
				host.feed();
			},
			emptied: (host) => this.hosts.drop(host),
			crash: (mistake) => void this.mistakes.push(mistake),
		};
		this.hosts = new HostWindow(this.store, 10, (saved) => new Host(saved, keeper));
	}

	async #answer(url: string): Promise<Response> {
		this.asked.push(new URL(url).pathname);
		this.#open++;
		this.mostAtOnce = Math.max(this.mostAtOnce, this.#open);
		await new Promise((resolve) => setImmediate(resolve));
		this.#open--;
		return new Response('', {status: this.statuses.shift() ?? 200, headers: {'content-type': 'text/html'}});
	}

	/** Visits these, and what they lead to. */
	async crawl(...paths: string[]): Promise<void> {
		this.add(...paths);
		await this.queue.onIdle();
	}

	add(...paths: string[]): void {
		this.store.addSeeds(paths.map((path) => site + path));
		this.hosts.fill();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.queue.stop();
		this.store[Symbol.dispose]();
		this.#folder[Symbol.dispose]();
	}
}

test('a host dropped from memory while its last visit ended leaves later pages to its successor', async () => {
	await using stage = new Stage();
	stage.visited = ({url}) => {
		if (url !== `${site}/first`) return;
		// As with --max-pages, where the end of a visit makes all hosts look for more. This one has none.
		stage.hosts.feed();
		expect(stage.hosts.size).toBe(0);
		// Just then another host's page links to it.
		stage.add('/second', '/third');
	};
	await stage.crawl('/first');
	expect(stage.mistakes).toEqual([]);
	expect(stage.asked.toSorted()).toEqual(['/first', '/second', '/third']);
	expect(stage.store.totals).toMatchObject({done: 3, waiting: 0});
});

test('a host dropped from memory on its way back from a back-off is unchanged when it returns', async () => {
	await using stage = new Stage();
	stage.statuses = [429];
	await stage.crawl('/a');
	expect(stage.asked).toEqual(['/a', '/a']);
	expect([stage.hosts.size, stage.mostAtOnce]).toEqual([0, 1]);
	await stage.crawl('/b', '/c', '/d', '/e', '/f');
	expect(stage.asked).toHaveLength(7);
	expect(stage.mostAtOnce).toBe(perHost);
});

test('a host dropped from memory leaves no task set behind', async () => {
	await using stage = new Stage();
	stage.statuses = [429];
	await stage.crawl('/a', '/b');
	expect(stage.hosts.size).toBe(0);
	await new Promise((resolve) => setImmediate(resolve));
	expect(stage.queue.inspect().sets).toEqual([]);
});
