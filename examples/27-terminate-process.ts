// A child process that does not listen: it is terminated, killed after its grace, and joined.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {Task} from 'pausable-signal';
import {followProcess} from 'pausable-signal/process';

const program =
	"process.on('SIGTERM', () => console.log('SIGTERM? No.')); setInterval(() => {}, 1000); console.log('up')";
const child = spawn(process.execPath, ['-e', program], {stdio: ['ignore', 'pipe', 'inherit']});
let output = '';
child.stdout.on('data', (chunk) => (output += String(chunk)));

const task = Task.start(({signal}) => followProcess(signal, child, {grace: 100}));
await once(child.stdout, 'data');
console.log('joined:', await task.join({timeout: 1}));
await task.stop('time is up');
console.log(output.trim().split('\n').join(', '));
console.log('joined:', await task.join(), task.state, child.signalCode);

// Prints:
// joined: false
// up, SIGTERM? No.
// joined: true stopped SIGKILL
