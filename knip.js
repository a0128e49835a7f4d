// Unused files, exports and dependencies: `npm run knip`.
import {entries} from './scripts/entries.js';

export default {
	entry: [
		...entries.slice(1).map(({source}) => source),
		// A worker starts it by its URL.
		'src/thread/entry.ts',
		'examples/*.ts',
		'examples/crawler/main.ts',
		'bench/index.ts',
		'scripts/*.{js,ts}',
		'tests/**/*.test.ts',
		'tests/types/**/*.ts',
		'tests/**/fixtures/**/*.ts',
		'tests/thread/jobs/*.ts',
		'tests/support/typescript-loader.js',
		'tests/support/typescript-hooks.js',
		'tests/runtimes/main.ts',
	],
	project: ['src/**/*.ts', 'tests/**/*.ts', 'examples/**/*.ts', 'bench/**/*.ts', 'scripts/*.{js,ts}'],
	ignoreExportsUsedInFile: true,
	// Named by the first line of jest.config.ts, which knip does not read.
	ignoreDependencies: ['esbuild-register'],
	// Of Debian's packages; what esbuild is given by its path.
	ignoreBinaries: ['nginx'],
	ignoreUnresolved: ['tests/runtimes/scenarios.ts'],
};
