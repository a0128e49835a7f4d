// A region that neither a pause nor an abort cuts short.
import {setTimeout as sleep} from 'node:timers/promises';
import {delay, PausableController, shield} from 'pausable-signal';

const controller = new PausableController();
const {signal} = controller;

async function write(what: string, inner: AbortSignal): Promise<void> {
	await delay(inner, 2);
	console.log('written:', what);
}

async function save(name: string): Promise<void> {
	await signal.checkpoint();
	// One without the other would leave things broken.
	await shield(signal, async (inner) => {
		await write(`${name}, entry`, inner);
		await write(`${name}, index`, inner);
	});
}

const first = save('one');
await signal.checkpoint();
controller.pause('in the middle of saving');
await first;
console.log('paused:', signal.paused);

const second = save('two').catch((reason: unknown) => console.log('not saved:', reason));
await sleep(10);
controller.abort('quit');
await second;

// Cleanup runs although the signal is aborted already.
await shield(signal, (inner) => write('goodbye', inner));

// Prints:
// written: one, entry
// written: one, index
// paused: true
// not saved: quit
// written: goodbye
