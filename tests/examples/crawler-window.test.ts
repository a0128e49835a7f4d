import {expect, jest, test} from '@jest/globals';
import {PausableQueue} from 'pausable-signal/queue';
import {Host, type HostKeeper} from '../../examples/crawler/engine/host.ts';
import {HostWindow} from '../../examples/crawler/engine/host-window.ts';
import {Scope} from '../../examples/crawler/engine/scope.ts';
import {fillIn} from '../../examples/crawler/engine/settings.ts';
import {openDatabase, Store} from '../../examples/crawler/engine/store.ts';
import {Folder} from './crawler-lab.ts';

// For machines that are busy with other things.
jest.setTimeout(30_000);

const site = 'http://site.invalid';

test('a host that left the memory while its last visit ended leaves what comes then to its successor', async () => {
	using folder = new Folder();
	using store = new Store(openDatabase(folder.path, false), new Scope([site], {}));
	await using queue = new PausableQueue({concurrency: 4});
	const asked: string[] = [];
	const web: typeof fetch = async (input) => {
		asked.push(new URL(String(input)).pathname);
		return new Response('', {headers: {'content-type': 'text/html'}});
	};
	const mistakes: unknown[] = [];
	const keeper: HostKeeper = {
		queue,
		store,
		settings: fillIn({dir: folder.path, fetch: web, ignoreRobots: true}),
		room: Infinity,
		visited({url}) {
			if (url !== `${site}/first`) return;
			// As with --max-pages, where the end of a visit makes all hosts look for more. This one has none.
			hosts.feed();
			expect(hosts.size).toBe(0);
			// Just then another host's page links to it.
			store.addSeeds([`${site}/second`, `${site}/third`]);
			hosts.fill();
		},
		changed() {},
		emptied: (host) => hosts.drop(host),
		crash: (mistake) => void mistakes.push(mistake),
	};
	const hosts = new HostWindow(store, 10, (saved) => new Host(saved, keeper));
	store.addSeeds([`${site}/first`]);
	hosts.fill();
	await queue.onIdle();
	expect(mistakes).toEqual([]);
	expect(asked.toSorted()).toEqual(['/first', '/second', '/third']);
	expect(store.totals).toMatchObject({done: 3, waiting: 0});
});
