// The module that our workers start: it loads the user's module, and passes its function to the runner.
import {wrongType} from '../core/index.ts';
import {isStartMessage, type StartMessage} from './messages.ts';
import {listenToParent} from './platform.ts';
import {entryKey, serve, serveKey} from './runner.ts';
import {encode} from './wire.ts';

type ThreadModule = Parameters<typeof serve>[1] & {readonly [serveKey]?: typeof serve};

Object.defineProperty(globalThis, entryKey, {value: true});

const stop = listenToParent((message) => {
	if (!isStartMessage(message)) return;
	stop();
	void start(message);
});

interface Module {
	readonly default?: unknown;
}

// A module compiled to CommonJS has its exports as the default, and its own default among them.
function functionOf({default: exported}: Module): ThreadModule {
	const fn = typeof exported === 'function' ? exported : (exported as Module | undefined)?.default;
	if (typeof fn !== 'function') throw wrongType('source', 'a module whose default is a function', exported);
	return fn as ThreadModule;
}

async function start(message: StartMessage): Promise<void> {
	try {
		const fn = functionOf((await import(message.module!)) as Module);
		// A bundled module has its own copy of the library, and only that copy knows its signals.
		(fn[serveKey] ?? serve)(message, fn);
	} catch (error) {
		message.port.postMessage({threw: encode(error)});
		message.port.close();
	}
}
