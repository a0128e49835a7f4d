import {homedir} from 'node:os';
import path from 'node:path';

/** What is downloaded once, and kept outside the repository. */
export const cache: string = path.join(
	process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'),
	'pausable-signal',
);
