/** The object through which Node's fetch sends requests. Described by its shape, because browsers have none. */
interface Dispatcher {
	dispatch(options: object, handler: unknown): boolean;
	readonly isMockActive?: boolean;
}

/**
 * A dispatcher whose requests have no time limit on their bodies, because that limit runs on during
 * pauses. Undefined where there is no dispatcher, as in a browser.
 */
export function unlimited(own: unknown): object | undefined {
	const dispatcher = (own ?? globalDispatcher()) as Dispatcher | undefined;
	if (typeof dispatcher?.dispatch !== 'function') return undefined;
	return {
		dispatch: (options: object, handler: unknown) =>
			dispatcher.dispatch({...options, bodyTimeout: 0}, handler),
		// fetch reads this, and gives a mock the body in another form.
		get isMockActive() {
			return dispatcher.isMockActive;
		},
	};
}

// The one that the platform's fetch uses: since undici 8 it is kept under another symbol.
function globalDispatcher(): unknown {
	// Node creates it when a global of fetch is first used.
	void globalThis.Headers;
	const {versions} = (globalThis as {process?: {versions?: {undici?: string}}}).process ?? {};
	const generation = Number.parseInt(versions?.undici ?? '0', 10) >= 8 ? 2 : 1;
	return (globalThis as Record<symbol, unknown>)[Symbol.for(`undici.globalDispatcher.${generation}`)];
}
