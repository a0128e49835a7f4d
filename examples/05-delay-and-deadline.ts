// Paused time does not count: delays and deadlines run on active time.
import {setTimeout as sleep} from 'node:timers/promises';
import {deadline, delay, PausableController} from 'pausable-signal';

const controller = new PausableController();
const {signal} = controller;

const limited = deadline(signal, 20);
const limitedByClock = deadline(signal, 20, {clock: 'wall'});
limited.addEventListener('abort', () => console.log('deadline:', (limited.reason as DOMException).name));

const waiting = delay(signal, 40).then(() => console.log('delay over'));
const waitingByClock = delay(signal, 40, {clock: 'wall'}).then(() => console.log('wall-clock delay over'));

controller.pause();
await sleep(80);
console.log('80 ms later, paused all the time');
console.log('deadline passed:', limited.aborted);
console.log('wall-clock deadline passed:', limitedByClock.aborted);

// What fell due during the pause comes on resume. The others have all their time still to go.
controller.resume();
await Promise.all([waiting, waitingByClock]);

// Prints:
// 80 ms later, paused all the time
// deadline passed: false
// wall-clock deadline passed: true
// wall-clock delay over
// deadline: TimeoutError
// delay over
