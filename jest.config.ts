/** @jest-config-loader esbuild-register */
// The line above lets Jest read this file on Node 20, which cannot strip types by itself.
import type {Config} from 'jest';

const config: Config = {
	testEnvironment: 'node',
	testMatch: ['<rootDir>/tests/**/*.test.ts'],
	// Each test file leaves something in its worker, and a collection of garbage takes as long as there is.
	workerIdleMemoryLimit: '512MB',
	// Tests that collect garbage take long on a machine that does other things beside.
	testTimeout: 60_000,
	injectGlobals: false,
	extensionsToTreatAsEsm: ['.ts'],
	transform: {
		'\\.ts$': [
			'@swc/jest',
			{
				swcrc: false,
				// Inline, or coverage counts the lines of the output.
				sourceMaps: 'inline',
				module: {type: 'es6'},
				jsc: {
					// ES2022 keeps #private fields native and rewrites `using`, which Node 20 cannot parse.
					target: 'es2022',
					parser: {syntax: 'typescript', explicitResourceManagement: true},
				},
			},
		],
	},
	moduleNameMapper: {
		'^pausable-signal$': '<rootDir>/src/index.ts',
		'^pausable-signal/(\\w+)$': '<rootDir>/src/$1/index.ts',
	},
	modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/coverage/'],
	// A rejection that nobody handles fails its test; without this it can end the whole run.
	waitForUnhandledRejections: true,
	// v8's report calls every line of a function that was never called covered.
	coverageProvider: 'babel',
	collectCoverageFrom: [
		'src/**/*.ts',
		// What runs in a worker, in a browser or beside a server is tested there, where nothing is counted.
		'!src/bullmq/**',
		'!src/remote/stores/{hints,redis,postgres}.ts',
		'!src/thread/{entry,host-web,messages,platform,receiver,runner}.ts',
	],
	coverageDirectory: 'coverage',
	coverageThreshold: {global: {statements: 95, branches: 90, functions: 95, lines: 95}},
};

export default config;
