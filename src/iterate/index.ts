export {pausable, type PausableIterator} from './pausable.ts';
export type {PausableSource, ReadableLike} from './source.ts';
