// A Web Worker. No event reports its end: it ends when it is terminated.
import type {WorkerLike} from './platform.ts';
import type {WorkerHandle} from './host.ts';

export function isWebWorker(worker: unknown): worker is WorkerLike & EventTarget {
	return (
		typeof worker === 'object' &&
		worker !== null &&
		typeof (worker as Partial<Worker>).postMessage === 'function' &&
		typeof (worker as Partial<Worker>).terminate === 'function' &&
		typeof (worker as Partial<Worker>).addEventListener === 'function'
	);
}

export function handleWebWorker(worker: WorkerLike & EventTarget): WorkerHandle {
	let exit: ((code: number) => void) | undefined;
	return {
		worker,
		listen({failed, exited}) {
			exit = exited;
			worker.addEventListener('error', (event) => {
				event.preventDefault();
				failed(errorOf(event as ErrorEvent));
			});
			// Bun does report the end.
			worker.addEventListener('close', (event) => exited((event as CloseEvent).code ?? 0));
			worker.addEventListener('messageerror', () => failed(new Error('A message could not be read')));
		},
		keepAlive() {},
		terminate() {
			worker.terminate();
			exit?.(1);
		},
		endsItself: false,
	};
}

function errorOf({error, message, filename, lineno}: ErrorEvent): unknown {
	if (error !== undefined && error !== null) return error;
	return new Error(message ? `${message} (${filename}:${lineno})` : 'The worker could not be loaded');
}
