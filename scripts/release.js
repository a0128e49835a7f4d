// Looks at everything that a release needs, and changes nothing:
//
//     npm run release -- --check                  before a tag is made
//     npm run release -- --check --tag v1.2.3     by the workflow that publishes the tag
//     npm run release -- --check --quick          without the tests that take minutes
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {entries} from './entries.js';

const {values: options} = parseArgs({
	options: {check: {type: 'boolean'}, tag: {type: 'string'}, quick: {type: 'boolean'}},
});
const json = (/** @type {string} */ file) => JSON.parse(readFileSync(file, 'utf8'));
const git = (/** @type {string[]} */ ...args) => execFileSync('git', args, {encoding: 'utf8'}).trim();
const manifest = json('package.json');

/** What each check finds wrong. @type {Record<string, () => readonly string[]>} */
const checks = {
	'work tree': () => git('status', '--porcelain').split('\n').filter(Boolean),
	version,
	changelog,
	manifest: manifestFaults,
	engines,
	build: () => run('build'),
	tarball,
	format: () => run('format:check'),
	lint: () => run('lint'),
	types: () => run('check'),
	sizes: () => run('size'),
	'unused code': () => run('knip'),
	'manifest, as publint sees it': () => run('publint'),
	'types of the tarball': () => run('attw'),
	docs: () =>
		run('test', '--silent', '--', '--maxWorkers=2', 'tests/docs', 'tests/docs.test', 'tests/layers'),
	...(options.quick ? {} : {'installed package': () => run('test:package', '--', '--quick')}),
};

function version() {
	const {version: own} = manifest;
	const faults = [];
	if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(own)) faults.push(`package.json: ${own} is no version`);
	if (json('package-lock.json').version !== own) faults.push('package-lock.json has another version');
	if (options.tag !== undefined && options.tag !== `v${own}`) faults.push(`the tag is ${options.tag}`);
	const isTaken = options.tag === undefined && git('tag', '--list', `v${own}`) !== '';
	return isTaken ? [...faults, `v${own} is tagged already`] : faults;
}

/** The newest section is of this version; once there is a tag, it has a date; no line stands there twice. */
function changelog() {
	const [, title, text] = /^## (.*)\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(
		readFileSync('CHANGELOG.md', 'utf8'),
	);
	const [own, date] = title.split(' - ');
	const lines = text.split('\n').filter((line) => line.startsWith('- '));
	const faults = lines.filter((line, index) => lines.indexOf(line) !== index).map((line) => `twice: ${line}`);
	if (own !== manifest.version) faults.push(`its newest version is ${own}`);
	if (lines.length === 0) faults.push('it says nothing of this version');
	const isDated = /^\d{4}-\d\d-\d\d$/.test(date);
	if (!isDated && (options.tag !== undefined || date !== 'unreleased')) faults.push(`its date is ${date}`);
	return faults;
}

function manifestFaults() {
	const faults = Object.keys(manifest.dependencies)
		.filter((name) => /^(?:file|git|http|\*|workspace)/.test(manifest.dependencies[name]))
		.map((name) => `${name} is not of the registry`);
	if (manifest.private) faults.push('it is private');
	for (const hook of ['preinstall', 'install', 'postinstall'])
		if (manifest.scripts[hook]) faults.push(`users would run ${hook}`);
	return [...faults, ...repositoryFaults()];
}

/** Provenance is refused where the manifest names no repository, or another than the one that builds. */
function repositoryFaults() {
	const {url} = manifest.repository ?? {};
	if (url === undefined) return ['it names no repository, which provenance asks for'];
	const built = process.env.GITHUB_REPOSITORY;
	return built === undefined || url.includes(`/${built}`) ? [] : [`repository: provenance asks for ${built}`];
}

/** One floor, and it is the same wherever it is said. */
function engines() {
	const floor = /^>=(\S+)$/.exec(manifest.engines.node)?.[1];
	if (floor === undefined) return [`package.json: engines.node is ${manifest.engines.node}`];
	const places = [
		'README.md',
		'CONTRIBUTING.md',
		'docs/runtimes.md',
		'scripts/node-lines.js',
		'.github/workflows/ci.yml',
	];
	const silent = places.filter((file) => !readFileSync(file, 'utf8').includes(floor));
	const stricter = Object.keys(manifest.dependencies).filter((name) => {
		const asked = json(`node_modules/${name}/package.json`).engines?.node;
		return asked !== undefined && Number(/\d+/.exec(asked)?.[0]) > Number.parseInt(floor, 10);
	});
	return [
		...silent.map((file) => `${file} does not name Node ${floor}`),
		...stricter.map((name) => `${name} asks for a later Node`),
	];
}

/** Everything that is promised is in it, and nothing else. */
function tarball() {
	const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
	const [{files: packed}] = Object.values(JSON.parse(execFileSync('npm', args, {encoding: 'utf8'})));
	const files = new Set(packed.map((/** @type {{path: string}} */ file) => file.path));
	const code = entries.flatMap(({file}) =>
		['esm', 'cjs'].flatMap((format) => [`dist/${format}/${file}.js`, `dist/${format}/${file}.d.ts`]),
	);
	const wanted = ['LICENSE', 'README.md', 'CHANGELOG.md', 'dist/p-queue-license', ...code];
	const foreign = [...files].filter((file) => /^(?:src|tests|scripts|bench|build|\.)/.test(file));
	return [
		...wanted.filter((file) => !files.has(file)).map((file) => `${file} is missing`),
		...foreign.map((file) => `${file} does not belong there`),
		...deadLinks(files),
	];
}

/** @param {ReadonlySet<string>} files */
function deadLinks(files) {
	const targets = [...readFileSync('README.md', 'utf8').matchAll(/\]\((?!https?:)([^)#\s]+)/g)];
	return targets
		.map(([, target]) => path.posix.normalize(target))
		.filter((target) => !files.has(target) && !target.startsWith('docs/images/'))
		.map(
			(target) => `README.md leads to ${target}, which is ${existsSync(target) ? 'not shipped' : 'nowhere'}`,
		);
}

/** @param {string} script @param {readonly string[]} args */
function run(script, ...args) {
	const {status, stdout, stderr} = spawnSync('npm', ['run', '--silent', script, ...args], {encoding: 'utf8'});
	return status === 0 ? [] : `${stdout}${stderr}`.trim().split('\n').slice(-15);
}

if (!options.check) {
	console.error(
		'This command only looks: npm run release -- --check. CONTRIBUTING.md says how a release is made.',
	);
	process.exit(1);
}
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
	const faults = check();
	console.log(`${faults.length === 0 ? 'ok   ' : 'FAILS'} ${name}`);
	for (const fault of faults) console.log(`      ${fault}`);
	if (faults.length > 0) failed++;
}
console.log(
	failed === 0 ? `${manifest.version} can be released.` : `${failed} of ${Object.keys(checks).length} fail.`,
);
process.exitCode = failed === 0 ? 0 : 1;
