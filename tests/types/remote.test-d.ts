// Checked by `npm run check`, never run: what the types of remote control promise and refuse.
import {Redis} from 'ioredis';
import {Client, Pool} from 'pg';
import type {PausableSignal, Task, TaskContext} from 'pausable-signal';
import {
	type ControlStore,
	fileStore,
	type FleetReport,
	type FleetStatus,
	followRemote,
	type FollowOptions,
	type Json,
	memoryStore,
	postgresStore,
	postgresStoreMigration,
	redisStore,
	type RemoteAbort,
	RemoteController,
	type RemoteFollower,
	type RemoteHold,
	type RemoteHoldInfo,
	type RemoteScope,
	type StoredDocument,
	type StoreMember,
} from 'pausable-signal/remote';
import {same} from './same.ts';

// The clients are taken as their packages type them.
const redis = new Redis();
void (redisStore(redis, {prefix: 'p'}) satisfies ControlStore);
void (postgresStore(new Pool(), {schema: 's'}) satisfies ControlStore);
void (fileStore('/tmp/orders') satisfies ControlStore);
void (postgresStoreMigration('s') satisfies string);
const store = memoryStore();

// @ts-expect-error a URL is no client
redisStore('redis://127.0.0.1');
// @ts-expect-error a single client cannot be lent to a listener
postgresStore(new Client());
// @ts-expect-error `prefix` is an option of Redis
postgresStore(new Pool(), {prefix: 'p'});
// @ts-expect-error a folder is named
fileStore();

// Anybody can write a store of five methods.
const own: ControlStore = {
	read: async (name, since): Promise<StoredDocument | undefined> =>
		since === undefined ? {version: name.length, now: 0, state: undefined} : undefined,
	write: async (_name, expected, next) => next.version > expected,
	report: async (_name, member) => member.leaseMs,
	members: async (): Promise<readonly StoreMember[]> => [],
	watch: async (_name, onHint) => onHint,
};
// @ts-expect-error `write` says whether it was faster than any other writer
void ({...own, write: async () => undefined} satisfies ControlStore);
const {watch: _watch, ...deaf} = own;
// @ts-expect-error a store without `watch`
new RemoteController(deaf, 'fleet');

const fleet = new RemoteController(store, 'fleet', {by: 'ops'});
same<RemoteController, ReturnType<typeof fleet.taskSet>>();
same<RemoteController, ReturnType<typeof fleet.job>>();
void (fleet.name satisfies string);
void (fleet.pause(
	{code: 429},
	{timeout: 5, signal: new AbortController().signal},
) satisfies Promise<FleetReport>);
void (fleet.abort() satisfies Promise<FleetReport>);
void (fleet.resume() satisfies Promise<boolean>);
void (fleet.status() satisfies Promise<FleetStatus>);
{
	await using hold = await fleet.hold('why', {forMs: 5, id: 'rate'});
	void (hold satisfies RemoteHold);
	void (hold.release() satisfies Promise<boolean>);
	same<typeof hold.reason, Json | undefined>();
	// @ts-expect-error a hold cannot be changed
	hold.scope = '*';
}
const report = await fleet.pause();
same<typeof report.quiet, boolean>();
same<typeof report.late, readonly string[]>();
// @ts-expect-error reports are plain data that nobody writes
report.quiet = true;

// @ts-expect-error a function is no JSON
void fleet.pause(() => 5);
// @ts-expect-error nor is a date
void fleet.hold(new Date());
// @ts-expect-error nor is an error: give its message
void fleet.abort(new Error('x'));
// @ts-expect-error pause() has no end of its own: hold() has
void fleet.pause('x', {forMs: 5});
// @ts-expect-error a scope has no name of a set and of a job at once
void fleet.taskSet({set: 'a', job: '1'});
// @ts-expect-error a controller needs the name of its fleet
new RemoteController(store);

const options: FollowOptions = {
	signal: new AbortController().signal,
	id: 'worker',
	leaseMs: 5,
	whenCutOff: 'continue',
	onAbort: async (order: RemoteAbort) => void order.scope,
};
const follower: RemoteFollower = await followRemote(store, 'fleet', options);
void (follower.signal satisfies PausableSignal);
const task = follower.start(
	async ({signal, name}) => {
		void (signal satisfies PausableSignal);
		void (name satisfies string | undefined);
		return 5;
	},
	{set: ['a', 'b'], job: '1', name: 'n'},
);
same<typeof task, Task<number>>();
void (follower.start((_context: TaskContext) => 'x') satisfies Task<string>);
const scope: RemoteScope = {set: 'a'};
void (follower.held(scope) satisfies RemoteHoldInfo | undefined);
void (follower.refresh() satisfies Promise<void>);
same<typeof follower.version, number>();
same<typeof follower.isCutOff, boolean>();
follower.addEventListener('error', (event) => void (event.detail satisfies unknown));
// @ts-expect-error a change has no detail: ask held()
follower.addEventListener('change', (event) => event.detail);

// @ts-expect-error whenCutOff is one of two words
void followRemote(store, 'fleet', {whenCutOff: 'stop'});
// @ts-expect-error an abort is not over until its promise has settled
void followRemote(store, 'fleet', {onAbort: () => 5});
// @ts-expect-error a follower does not order
void follower.pause();
// @ts-expect-error nobody writes what it obeys
follower.version = 5;
// @ts-expect-error the scope of a task is made of names
follower.start(() => 5, {set: 5});
