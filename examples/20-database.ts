// The rows of a table, a page at a time: no cursor is open during a pause, so that others can write.
import {once} from 'node:events';
import Libsql from 'libsql';
import {pausable, PausableController} from 'pausable-signal';

interface Row {
	readonly id: number;
	readonly name: string;
}

const database = new Libsql(':memory:');
database.exec('create table users (id integer primary key, name text)');
const insert = database.prepare('insert into users (name) values (?)');
for (const name of ['Ada', 'Barbara', 'Claude', 'Dorothy']) insert.run(name);

function* users(): Generator<Row> {
	const page = database.prepare('select id, name from users where id > ? order by id limit 2');
	try {
		for (let rows = page.all(0) as Row[]; rows.length > 0; rows = page.all(rows.at(-1)!.id) as Row[])
			yield* rows;
	} finally {
		console.log('no more pages');
	}
}

const controller = new PausableController();
const {signal} = controller;

async function read(): Promise<void> {
	for await (const {id, name} of pausable(signal, users())) {
		console.log(id, name);
		if (id === 2 || id === 5) controller.pause();
	}
}

const reading = read();
await once(signal, 'pause');
insert.run('Edsger');
console.log('paused');
controller.resume();
await once(signal, 'pause');
controller.abort('enough');
await reading.catch((reason: unknown) => console.log('ended:', reason));
database.close();

// Prints:
// 1 Ada
// 2 Barbara
// paused
// 3 Claude
// 4 Dorothy
// 5 Edsger
// no more pages
// ended: enough
