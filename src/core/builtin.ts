interface Host {
	readonly process?: {getBuiltinModule?(name: string): unknown};
}

/**
 * A module of the host's own, such as `node:fs`; undefined in browsers, and where it is not built in.
 * We ask for it by name, so that bundlers for browsers find no import of it.
 */
export function builtin(name: string): unknown {
	try {
		return (globalThis as unknown as Host).process?.getBuiltinModule?.(name);
	} catch {
		return undefined;
	}
}
