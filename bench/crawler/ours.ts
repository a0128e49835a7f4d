import {type ChildProcess, spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {ask} from '../../examples/crawler/control/client.ts';
import type {Request} from '../../examples/crawler/control/protocol.ts';
import type {Contestant, Pausable} from './contestant.ts';
import {now} from './server.ts';

/** The crawler of examples/, as its users run it. */
export const ours: Contestant<Pausable> = {
	name: 'ours',
	exitCodes: [0],
	start({node, url, concurrency, dir}) {
		const limits = ['--concurrency', `${concurrency}`, '--per-host', `${concurrency}`];
		const args = ['examples/crawler/bin.js', url, ...limits, '--dir', dir, '--json'];
		const child = spawn(node, args, {stdio: ['ignore', 'pipe', 'ignore']});
		return {
			child,
			found: pagesOf(child),
			pause: () => request(dir, {command: 'pause'}),
			async resume() {
				const at = now();
				await request(dir, {command: 'resume'});
				return at;
			},
		};
	},
};

async function pagesOf(child: ChildProcess): Promise<number> {
	let found = 0;
	for await (const line of createInterface({input: child.stdout!})) {
		const {type, ending} = JSON.parse(line) as {type: string; ending?: string};
		if (type === 'page' && ending === 'page') found++;
	}
	return found;
}

async function request(dir: string, what: Request): Promise<void> {
	for await (const answer of ask(dir, what)) if (!answer.ok) throw new Error(answer.error);
}
