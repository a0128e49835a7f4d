// Tests that need a process of their own: what keeps it alive, and what Node's fetch does on its own.
import {describe, expect, test} from '@jest/globals';
import {execFile} from 'node:child_process';
import path from 'node:path';
import {promisify} from 'node:util';

const root = path.join(import.meta.dirname, '../..');
const sources = ['src/index.ts', 'src/fetch/index.ts', 'tests/support/hostile-server.ts'];

/** Runs code in a process of its own; returns its output once it has ended on its own. */
async function printed(code: string): Promise<string> {
	const [core, fetch, server] = sources.map((file) => JSON.stringify(path.join(root, file)));
	const imports = `
		import {PausableController} from ${core};
		import {pausableFetch, transferOf} from ${fetch};
		import {HostileServer} from ${server};
		const server = await HostileServer.start({size: 3_000_000});
		server.unref();
		const controller = new PausableController();
		const {signal} = controller;
		const resumeLater = () => setTimeout(() => { console.log('resumed'); controller.resume(); }, 100).unref();
		const findGlobalDispatcher = async () => {
			await (await fetch(server.url)).arrayBuffer();
			return Symbol.for('undici.globalDispatcher.' + (Number.parseInt(process.versions.undici) >= 8 ? 2 : 1));
		};
		const read = async (response) => console.log((await response.arrayBuffer()).byteLength);
	`;
	const args = ['--import', 'tsx', '--input-type=module', '-e', `${imports}\n${code}`];
	const {stdout} = await promisify(execFile)(process.execPath, args, {cwd: root});
	return stdout.trim().replaceAll('\n', ' ');
}

describe('a process', () => {
	test('stays alive for a transfer that waits before its first request', async () => {
		const code = 'controller.pause(); resumeLater(); await read(await pausableFetch(server.url, {signal}));';
		expect(await printed(code)).toBe('resumed 3000000');
	});

	test('stays alive for a transfer that was dropped', async () => {
		const code = `
			const response = await pausableFetch(server.url, {signal, holdMs: 0});
			controller.pause();
			resumeLater();
			await read(response);`;
		expect(await printed(code)).toBe('resumed 3000000');
	});

	test('ends when a paused transfer was given up', async () => {
		const code = `
			const response = await pausableFetch(server.url, {signal});
			controller.pause();
			await response.body.cancel();
			console.log('given up');`;
		expect(await printed(code)).toBe('given up');
	});
});

describe('a dropped transfer', () => {
	test('leaves its place in the pool to others, and gets one again on resume', async () => {
		const code = `
			const dispatcher = new globalThis[await findGlobalDispatcher()].constructor({connections: 1});
			const response = await pausableFetch(server.url, {signal, holdMs: 0, dispatcher});
			controller.pause();
			await read(await fetch(server.url, {dispatcher}));
			controller.resume();
			await read(response);
			console.log(transferOf(response).reconnects);`;
		expect(await printed(code)).toBe('3000000 3000000 1');
	});
});

// Of undici: its limit is 300 seconds by default, and it looks once a second at most.
describe('the time for a body', () => {
	test('is limited neither by the caller’s own dispatcher nor by the global one', async () => {
		const code = `
			const key = await findGlobalDispatcher();
			const dispatcher = new globalThis[key].constructor({bodyTimeout: 200});
			const outcomeOf = (response) =>
				response.arrayBuffer().then((bytes) => bytes.byteLength, (error) => error.cause?.code);
			const compare = async (init) => {
				let goOn;
				server.otherwise = {silentAfter: 1000, until: new Promise((resolve) => (goOn = resolve))};
				const ours = outcomeOf(await pausableFetch(server.url, {...init, retry: {maxAttempts: 0}}));
				console.log(await outcomeOf(await fetch(server.url, init)));
				goOn();
				console.log(await ours);
			};
			await compare({dispatcher});
			globalThis[key] = dispatcher;
			await compare({});`;
		expect(await printed(code)).toBe('UND_ERR_BODY_TIMEOUT 3000000 UND_ERR_BODY_TIMEOUT 3000000');
	});
});
