// What threads have to do on every runtime; `source` is the bundle of jobs/loops.ts.
import {Thread, ThreadPool, type ThreadSource} from 'pausable-signal/thread';

type Scenario = (source: ThreadSource) => Promise<unknown>;

const start = (source: ThreadSource, data: string, grace = Infinity): Thread<unknown, number> =>
	Thread.start<unknown, number>(source, {data, grace, name: data});

function whenProgress(thread: Thread<unknown, number>, isMet: (turns: number) => boolean): Promise<void> {
	return new Promise((resolve) => {
		const look = (): void => {
			if (thread.progress !== undefined && isMet(thread.progress)) resolve();
		};
		thread.addEventListener('progress', look);
		look();
	});
}

const errorOf = (promise: Promise<unknown>): Promise<{name: string; message: string}> =>
	promise.then(
		() => ({name: 'none', message: 'it was resolved'}),
		(error: Error) => ({name: error.name, message: error.message}),
	);

/** Pauses, resumes, pauses again and stops. */
async function control(source: ThreadSource, way: string): Promise<unknown> {
	const thread = start(source, way);
	await whenProgress(thread, (turns) => turns > 0);
	const first = await thread.pause('one');
	const at = thread.progress!;
	const {state} = thread;
	thread.resume();
	await whenProgress(thread, (turns) => turns > at);
	const second = await thread.pause('two');
	const {terminated} = await thread.stop({why: 'enough'});
	const reason: unknown = await thread.result.catch((error: unknown) => error);
	return [first, state, second, terminated, thread.state, reason];
}

/** What a thread sees that never turns its event loop. */
async function abortBlocked(source: ThreadSource, message: string): Promise<unknown> {
	if (typeof SharedArrayBuffer === 'undefined') return 'no shared memory';
	const thread = start(source, 'sees abort');
	await whenProgress(thread, () => true);
	await thread.stop(Object.assign(new RangeError(message), {code: 'E_LATE'}));
	return thread.result;
}

export const threadScenarios: Record<string, Scenario> = {
	async returns(source) {
		const thread = start(source, 'value');
		return [await thread.result, thread.state];
	},
	async throws(source) {
		const thread = start(source, 'throw');
		return [await errorOf(thread.result), thread.state];
	},
	// Deno and Bun tell the maker of a Web Worker an error as text.
	rejects: async (source) => {
		const {message} = await errorOf(start(source, 'rejection').result);
		return message.includes('unhandled');
	},
	uncaught: async (source) => {
		const {message} = await errorOf(start(source, 'uncaught').result);
		return message.includes('uncaught');
	},
	wait: (source) => control(source, 'wait'),
	async sync(source) {
		if (typeof SharedArrayBuffer !== 'undefined') return control(source, 'sync');
		const {message} = await errorOf(start(source, 'sync').result);
		return message.includes('cross-origin isolation: COOP and COEP');
	},
	'a pause before its message': async (source) => {
		if (typeof SharedArrayBuffer === 'undefined') return 'no shared memory';
		const thread = start(source, 'sees pause');
		await whenProgress(thread, () => true);
		thread.hold('lunch');
		return thread.result;
	},
	'an abort before its message': (source) => abortBlocked(source, 'too late'),
	'an abort with a long reason': (source) => abortBlocked(source, 'long '.repeat(1000)),
	async terminates(source) {
		const thread = start(source, 'deaf', 20);
		await whenProgress(thread, () => true);
		return [await thread.stop('enough'), thread.state, await thread.result.catch((error: unknown) => error)];
	},
	async pool(source) {
		const pool = new ThreadPool<string, string>(source, {threads: 2});
		const values = await Promise.all(['a', 'b', 'c', 'd'].map((way) => pool.run(way)));
		const {size} = pool;
		await pool.stop();
		return [values, size, pool.size];
	},
};

const controlled = (reason: unknown): unknown[] => [true, 'paused', true, false, 'stopped', reason];

const late = {name: 'RangeError', message: 'too late', code: 'E_LATE'};
const long = {name: 'RangeError', message: 'long '.repeat(20), code: 'E_LATE'};
const tooLong = {
	name: 'AbortError',
	code: 20,
	message: 'The operation was aborted, for a reason too long for a blocked thread to read',
};

/** With `isIsolated: false`, no memory can be shared. In a browser, a blocked thread can read no message. */
export function expectedOfThreads(isIsolated: boolean, isBrowser = false): Record<string, unknown> {
	const blocked = (seen: unknown): unknown => (isIsolated ? seen : 'no shared memory');
	return {
		'a pause before its message': blocked(isBrowser ? ['unknown'] : ['lunch']),
		'an abort before its message': blocked(late),
		'an abort with a long reason': blocked(isBrowser ? tooLong : long),
		returns: ['value', 'completed'],
		throws: [{name: 'RangeError', message: 'thrown'}, 'failed'],
		rejects: true,
		uncaught: true,
		wait: controlled('wait'),
		sync: isIsolated ? controlled({why: 'enough'}) : true,
		terminates: [{terminated: true}, 'stopped', 'enough'],
		pool: [['a', 'b', 'c', 'd'], 2, 0],
	};
}

// For a browser, whose page has no other way to them.
Object.assign(globalThis, {
	threadScenarios,
	createWorker: () => new Worker('/loops.js', {type: 'module'}),
});
