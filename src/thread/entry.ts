// What a worker of ours starts: it loads the module, and hands its function to the runner.
import {wrongType} from '../core/index.ts';
import {isStartMessage, type StartMessage} from './messages.ts';
import {listenToParent} from './platform.ts';
import {entryKey, serve, serveKey} from './runner.ts';
import {encode} from './wire.ts';

type Serve = typeof serve;

Object.defineProperty(globalThis, entryKey, {value: true});

const stop = listenToParent((message) => {
	if (!isStartMessage(message)) return;
	stop();
	void start(message);
});

async function start(message: StartMessage): Promise<void> {
	try {
		const {default: fn} = (await import(message.module!)) as {default: {[serveKey]?: Serve}};
		if (typeof fn !== 'function') throw wrongType('source', 'a module whose default is a function', fn);
		// A bundled module has a copy of the library of its own, whose signals only that copy knows.
		((fn[serveKey] as Serve | undefined) ?? serve)(message, fn);
	} catch (error) {
		message.port.postMessage({threw: encode(error)});
		message.port.close();
	}
}
