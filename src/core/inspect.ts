type Inspect = (value: unknown, options: object) => string;

// A reason or a hold may lead back to what is shown.
const shown = new WeakSet<object>();

/**
 * Says what Node's console shows of the objects of a class: its name and this state.
 *
 * It never throws: the prototype, a Proxy and what inherits from an object of the class have no state,
 * and are shown without it, as the platform's are.
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
