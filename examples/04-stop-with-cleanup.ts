// stop() resolves when the function has returned: its cleanup is over by then.
import {setTimeout as sleep} from 'node:timers/promises';
import {delay, StopTimeoutError, Task} from 'pausable-signal';

const writer = Task.start(async ({signal}) => {
	console.log('file opened');
	try {
		await delay(signal, 60_000);
	} finally {
		await sleep(5);
		console.log('file closed');
	}
});

await writer.stop('the user quits');
console.log('stopped:', writer.state);
console.log('reason:', await writer.result.catch((reason: unknown) => reason));

// A function that never looks at its signal cannot be stopped. A grace tells of it.
const deaf = Task.start(() => new Promise<void>(() => {}), {name: 'deaf'});
try {
	await deaf.stop('the user quits', {grace: 10});
} catch (error) {
	if (error instanceof StopTimeoutError) console.log(error.message);
}
console.log('still', deaf.state);

// Prints:
// file opened
// file closed
// stopped: stopped
// reason: the user quits
// Task 'deaf' has not stopped within 10 ms after it was aborted
// still stopping
