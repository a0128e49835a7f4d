type Inspect = (value: unknown, options: object) => string;

// A reason or a hold may refer back to the object on display.
const shown = new WeakSet<object>();

/**
 * Makes Node's console show the objects of a class as its name and this state.
 *
 * It never throws: the prototype, a Proxy, and an object that inherits from an instance have no state,
 * so the console shows them without it, as it does with the platform's classes.
 */
export function inspectAs<T extends object>(
	name: string,
	prototype: T,
	stateOf: (object: T) => object,
): void {
	Object.defineProperty(prototype, Symbol.for('nodejs.util.inspect.custom'), {
		value(this: T, depth: number | null, options: object, inspect: Inspect): string {
			if ((depth !== null && depth < 0) || shown.has(this)) return `[${name}]`;
			shown.add(this);
			try {
				return `${name} ${inspect(stateOf(this), {...options, depth})}`;
			} catch {
				return `${name} {}`;
			} finally {
				shown.delete(this);
			}
		},
		writable: true,
		configurable: true,
	});
}
