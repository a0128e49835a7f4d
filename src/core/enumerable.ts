/**
 * Makes the members of a class enumerable, as those of the platform's classes are: some libraries
 * copy a signal or a controller with `for (const name in signal)`.
 */
export function makeEnumerable(prototype: object): void {
	for (const name of Object.getOwnPropertyNames(prototype)) {
		if (name !== 'constructor') Object.defineProperty(prototype, name, {enumerable: true});
	}
}
