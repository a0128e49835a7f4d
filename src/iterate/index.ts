export {pausable, type PausableIterator} from './pausable.ts';
export type {PausableSource, ReadableLike} from './source.ts';

// What the other rooms build on; not public.
export {GatedReader} from './gated-reader.ts';
export {openSource} from './source.ts';
