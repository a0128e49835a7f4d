// What keeps the process alive.
import {execFile} from 'node:child_process';
import path from 'node:path';
import {promisify} from 'node:util';
import {expect, test} from '@jest/globals';

const root = path.join(import.meta.dirname, '../..');

async function runScript(script: string): Promise<string> {
	const queue = path.join(root, 'src/queue/index.ts');
	const code = `import {PausableQueue} from ${JSON.stringify(queue)};\n${script}`;
	const args = ['--import', 'tsx', '--input-type=module', '-e', code];
	const {stdout} = await promisify(execFile)(process.execPath, args, {cwd: root});
	return stdout.trim();
}

test('a queue that is paused before its tasks are added keeps the process alive', async () => {
	const output = await runScript(`
		const queue = new PausableQueue({autoStart: false});
		queue.add(() => console.log('done'));
		setTimeout(() => queue.start(), 50).unref();
	`);
	expect(output).toBe('done');
}, 60_000);
