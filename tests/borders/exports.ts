// The entries of the package, and every function that they export, methods included.
import {Worker} from 'bullmq';
import {readFileSync} from 'node:fs';

const {exports: targets} = JSON.parse(readFileSync('package.json', 'utf8')) as {
	exports: Readonly<Record<string, unknown>>;
};

/** The names of the entries behind the package's: '' for the root. */
export const entries: readonly string[] = Object.keys(targets)
	.filter((name) => name !== './package.json')
	.map((name) => name.slice(2));

// Of every class and every error.
const skipped: readonly string[] = ['constructor', 'toString'];

type Class = (new () => unknown) & {readonly prototype: object};

function isClass(value: unknown): value is Class {
	return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

// An accessor of a prototype throws where there is no object.
function methodsOf(object: object): string[] {
	return Object.entries(Object.getOwnPropertyDescriptors(object)).flatMap(([name, {value}]) =>
		typeof value === 'function' && !skipped.includes(name) ? [name] : [],
	);
}

const platform: readonly object[] = [Error, EventTarget, AbortController, AbortSignal, Worker].map(
	(native) => native.prototype,
);

/** The prototypes of a class that are not the platform's. */
function prototypesOf(prototype: object): object[] {
	const above = Object.getPrototypeOf(prototype) as object | null;
	return above === null || platform.includes(prototype) ? [] : [prototype, ...prototypesOf(above)];
}

function functionsIn(name: string, value: unknown): string[] {
	if (typeof value !== 'function') return [];
	if (!isClass(value)) return [name];
	const methods = new Set(prototypesOf(value.prototype).flatMap(methodsOf));
	return [
		name,
		...methodsOf(value).map((method) => `${name}.${method}`),
		...[...methods].map((method) => `${name}#${method}`),
	];
}

/** Every function of an entry: `delay`, `Task.start`, `Task#pause`, `queue/PausableQueue`. */
export async function functionsOf(entry: string): Promise<string[]> {
	const prefix = entry === '' ? '' : `${entry}/`;
	const exported = (await import(`pausable-signal${entry === '' ? '' : `/${entry}`}`)) as object;
	return Object.entries(exported).flatMap(([name, value]) => functionsIn(prefix + name, value));
}
