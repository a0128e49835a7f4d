/** The `test` of the runner. `npm run test:kit` puts another one here for each runner. */
export {test} from '@jest/globals';
