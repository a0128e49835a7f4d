export type {ChildProcessLike} from './child.ts';
export {followProcess, type FollowProcessOptions, type ProcessEnd} from './follow-process.ts';
export {ProcessExitError} from './process-exit-error.ts';
