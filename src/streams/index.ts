export {pausableStream, type PausableStreamOptions} from './pausable-stream.ts';

// What the other rooms build on; not public.
export {ByteSink} from './byte-sink.ts';
export {expectBuffer} from './pausable-stream.ts';
