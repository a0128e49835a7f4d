// Threads of tests: the modules in jobs/, loaded as TypeScript on every Node.
import process from 'node:process';
import {Thread, type ThreadOptions, type ThreadWorkerOptions} from '../../src/thread/index.ts';

/** Where the jobs are. */
export function job(name: string): URL {
	return new URL(`./jobs/${name.includes('.') ? name : `${name}.ts`}`, import.meta.url);
}

const loader = new URL('../../scripts/typescript-loader.js', import.meta.url).href;

/** What lets a worker load TypeScript. */
export const worker: ThreadWorkerOptions = process.features.typescript
	? {execArgv: []}
	: {execArgv: ['--import', loader]};

export function startThread<T, P = unknown>(name: string, options: ThreadOptions = {}): Thread<T, P> {
	return Thread.start<T, P>(job(name), {name, ...options, worker: {...worker, ...options.worker}});
}

/** Resolves when the condition is met at a `progress` event, or is already. */
export function whenProgress<T, P>(thread: Thread<T, P>, isMet: (progress: P) => boolean): Promise<P> {
	return new Promise((resolve) => {
		const look = (): void => {
			if (thread.progress === undefined || !isMet(thread.progress)) return;
			thread.removeEventListener('progress', look);
			resolve(thread.progress);
		};
		thread.addEventListener('progress', look);
		look();
	});
}

/** The states of a thread from now on. */
export function statesOf<T, P>(thread: Thread<T, P>): string[] {
	const states: string[] = [thread.state];
	thread.addEventListener('statechange', () => states.push(thread.state));
	return states;
}

/** The reason that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
	try {
		await promise;
	} catch (error) {
		return error;
	}
	throw new Error('it was resolved');
}
