// Paused time does not count: delays and deadlines run on active time.
import {setTimeout as sleep} from 'node:timers/promises';
import {deadline, delay, PausableController} from 'pausable-signal';

const controller = new PausableController();
const {signal} = controller;

const limited = deadline(signal, 20);
const limitedByClock = deadline(signal, 20, {clock: 'wall'});
const request = sleep(60_000, 'an answer', {signal: limited}).catch(() => limited.reason as DOMException);

const events: string[] = [];
const waiting = delay(signal, 20).then(() => events.push('delay'));
const waitingByClock = delay(signal, 20, {clock: 'wall'}).then(() => events.push('wall-clock delay'));

controller.pause();
await sleep(60);
console.log('60 ms later, paused all the time:', events);
console.log('deadline passed:', limited.aborted);
console.log('wall-clock deadline passed:', limitedByClock.aborted);

// What fell due during the pause comes at once. The others have all their time still to go.
controller.resume();
await Promise.all([waiting, waitingByClock]);
console.log('after the resume:', events);
const reason = await request;
console.log('deadline passed:', limited.aborted, reason instanceof DOMException && reason.name);

// Prints:
// 60 ms later, paused all the time: []
// deadline passed: false
// wall-clock deadline passed: true
// after the resume: [ 'wall-clock delay', 'delay' ]
// deadline passed: true TimeoutError
