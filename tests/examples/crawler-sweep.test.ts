// The engine of the crawler, interrupted at every point: a visit, robots.txt, and the back-off.
import {expect, jest, test} from '@jest/globals';
import {delay} from 'pausable-signal';
import {PausableQueue} from 'pausable-signal/queue';
import {sweep} from 'pausable-signal/testing';
import {HostHolds} from '../../examples/crawler/engine/host-holds.ts';
import type {BackOffHold, SavedHost} from '../../examples/crawler/engine/hosts-table.ts';
import {type PageOptions, visit} from '../../examples/crawler/engine/page.ts';
import type {Entry} from '../../examples/crawler/engine/pages-table.ts';
import {visitReachable} from '../../examples/crawler/engine/reach.ts';
import {fetchRobots} from '../../examples/crawler/engine/robots.ts';

// Each test is several hundred runs.
jest.setTimeout(300_000);

const html = {'content-type': 'text/html'};
const page = (...links: string[]): string => links.map((link) => `<a href="${link}">to</a>`).join('');

/** A server that needs time for each answer, and gives each of these once. */
function serve(answers: readonly (() => Response)[]): {fetch: typeof fetch; asked: string[]} {
	const asked: string[] = [];
	const answer: typeof fetch = async (input, init) => {
		const next = answers[asked.length % answers.length]!;
		asked.push(String(input));
		await delay(init!.signal!, 20);
		return next();
	};
	return {fetch: answer, asked};
}

/** An answer whose body comes in two pieces, each after some time. */
function inPieces(text: string, status = 200, headers: HeadersInit = html): Response {
	const pieces = [text.slice(0, 10), text.slice(10)].map((piece) => new TextEncoder().encode(piece));
	let timer: ReturnType<typeof setTimeout>;
	const body = new ReadableStream<Uint8Array>({
		async pull(stream) {
			await new Promise((resolve) => (timer = setTimeout(resolve, 5)));
			const piece = pieces.shift();
			if (piece === undefined) stream.close();
			else stream.enqueue(piece);
		},
		cancel: () => clearTimeout(timer),
	});
	return new Response(body, {status, headers});
}

function lost(): never {
	const cause = Object.assign(new Error('reset'), {code: 'ECONNRESET'});
	throw Object.assign(new TypeError('fetch failed'), {cause});
}

const entry: Entry = {id: 1, url: 'http://site.example/a', kind: 'page', depth: 0, from: undefined};

const optionsFor = (server: typeof fetch): PageOptions => ({
	userAgent: 'bot',
	timeoutMs: 60_000,
	idleTimeoutMs: 20_000,
	fetch: server,
	maxBytes: 10_000,
	attempts: 3,
	retryMs: 500,
	obeysNofollow: true,
	keepsBody: true,
});

test('a visit that is tried again ends when it is aborted, and loses no link in a pause', async () => {
	const report = await sweep(async ({signal, check}) => {
		const {fetch, asked} = serve([() => inPieces('busy', 500), () => inPieces(page('/b', '/c'))]);
		let found: unknown;
		check(({aborted}) => {
			if (!aborted) expect(found).toMatchObject({ending: 'page', attempts: 2});
			if (!aborted) expect(asked).toHaveLength(2);
		});
		found = await visit(signal, entry, optionsFor(fetch));
		expect(found).toMatchObject({pages: ['http://site.example/b', 'http://site.example/c']});
	});
	expect(report.points).toBeGreaterThan(20);
});

test('a visit that checks whether its host is there ends when it is aborted', async () => {
	const report = await sweep(
		async ({signal, check}) => {
			// Three attempts are lost, robots.txt answers, and the last attempt is a page.
			const {fetch} = serve([lost, lost, lost, () => inPieces(''), () => inPieces(page('/b'))]);
			let ending: string | undefined;
			check(({aborted}) => {
				if (!aborted) expect(ending).toBe('page');
			});
			ending = (await visitReachable(signal, entry, optionsFor(fetch))).ending;
		},
		{maxRuns: 500},
	);
	expect(report.points).toBeGreaterThan(20);
});

test('robots.txt behind a redirect ends when it is aborted, and is whole after a pause', async () => {
	const rules = 'User-agent: *\nDisallow: /private\n';
	const report = await sweep(async ({signal, check}) => {
		const {fetch} = serve([
			() => inPieces('', 302, {location: 'http://site.example/other.txt'}),
			() => inPieces(rules, 200, {'content-type': 'text/plain'}),
		]);
		let text: string | undefined;
		check(({aborted}) => {
			if (!aborted) expect(text).toBe(rules);
		});
		text = await fetchRobots(signal, 'http://site.example', optionsFor(fetch));
	});
	expect(report.points).toBeGreaterThan(10);
});

const savedHost: SavedHost = {
	id: 1,
	origin: 'http://site.example',
	waiting: 0,
	done: 0,
	redirected: 0,
	skipped: 0,
	failed: 0,
	bytes: 0,
	links: 0,
	robots: undefined,
	pause: undefined,
	backoff: undefined,
};

test('a host that backs off comes back, whatever interrupts it, and leaves nothing', async () => {
	const report = await sweep(async ({signal, check}) => {
		signal.throwIfAborted();
		const queue = new PausableQueue({signal, concurrency: 4});
		const set = queue.taskSet('host', {concurrency: 2});
		let saved: BackOffHold | undefined;
		const holds = new HostHolds(set, savedHost, {
			hosts: {savePause() {}, saveBackOff: (_id, hold) => void (saved = hold)},
			backOff: {baseMs: 1_000, maxMs: 4_000},
			silences: 10,
			changed() {},
			crash(mistake) {
				throw mistake;
			},
		});
		const visited: number[] = [];
		check(({aborted}) => {
			if (aborted) return;
			expect(visited.toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3]);
			expect([set.isPaused, saved]).toEqual([false, undefined]);
		});
		const visitOne = (id: number): Promise<void> =>
			set.add(async (context) => {
				const askedAt = performance.now();
				await delay(context.signal, 20);
				if (id === 0) holds.refused('HTTP 429', askedAt, undefined);
				visited.push(id);
				await context.signal.checkpoint();
				holds.answered();
			});
		try {
			await Promise.all([0, 1, 2, 3].map(visitOne));
		} finally {
			await queue.stop('end');
		}
	});
	expect(report.points).toBeGreaterThan(10);
});
