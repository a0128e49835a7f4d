export {pausableStream, type PausableStreamOptions} from './pausable-stream.ts';

// What the other rooms build on; not public.
export {expectBuffer} from './pausable-stream.ts';
