export {RemoteController, type RemoteControllerOptions} from './controller.ts';
export type {FleetStatus, FleetWorker, RemoteHold, RemoteHoldOptions} from './controller.ts';
export type {Order as RemoteAbort, RemoteHoldInfo, RemoteScope} from './document.ts';
export {followRemote, type FollowOptions, type RemoteFollower} from './follower.ts';
export type {RemoteFollowerEventMap} from './follower.ts';
export type {Json} from './json.ts';
export type {FleetMoving, FleetReport, FleetWaitOptions} from './report.ts';
export type {ControlStore, StoredDocument, StoreMember} from './store.ts';
export {fileStore} from './stores/file.ts';
export {memoryStore} from './stores/memory.ts';
export {
	type PgClientLike,
	type PgPoolLike,
	postgresStore,
	postgresStoreMigration,
} from './stores/postgres.ts';
export type {PostgresStoreOptions} from './stores/postgres.ts';
export {type IORedisLike, redisStore, type RedisStoreOptions} from './stores/redis.ts';
