export {pausableStream, type PausableStreamOptions} from './pausable-stream.ts';
