import {type ChildProcess, fork} from 'node:child_process';
import type {Contestant, Pausable} from './contestant.ts';
import {answerOf} from './server.ts';

/** Crawlee's CheerioCrawler, with the memory that it may use not limited to a quarter of the machine's. */
export const crawlee: Contestant<Pausable> = {
	name: 'Crawlee',
	exitCodes: [0],
	start({node, url, concurrency, dir}) {
		const child = fork('bench/crawler/crawlee.js', [url, `${concurrency}`], {
			execPath: node,
			execArgv: [],
			env: {...process.env, CRAWLEE_STORAGE_DIR: dir, CRAWLEE_AVAILABLE_MEMORY_RATIO: '1'},
			stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
		});
		const tell = <T>(what: string): Promise<T> => {
			child.send(what);
			return answerOf<T>(child);
		};
		return {
			child,
			found: foundBy(child),
			pause: () => tell('pause'),
			resume: () => tell('resume'),
		};
	},
};

function foundBy(child: ChildProcess): Promise<number> {
	return new Promise((resolve) => {
		child.on('message', (message) => {
			if (typeof message === 'object' && 'found' in message) resolve(Number(message.found));
		});
	});
}
