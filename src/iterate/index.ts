export {pausable, type PausableIterator} from './pausable.ts';
export type {ReadableLike} from './readable.ts';
export type {PausableSource} from './source.ts';

// Names that the other folders use; not public.
export {ByteSink} from './byte-sink.ts';
export {GatedReader} from './gated-reader.ts';
export {GatedSource, type ReadAhead, type Sink} from './gated-source.ts';
export {type ItemSource, openSource} from './source.ts';
