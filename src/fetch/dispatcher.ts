/** What Node's fetch sends requests through; by shape, as browsers have nothing of that kind. */
interface Dispatcher {
	dispatch(options: object, handler: unknown): boolean;
	readonly isMockActive?: boolean;
}

/**
 * A dispatcher whose requests have no time limit on their bodies: that one runs during pauses, too.
 * Undefined where there is none, as in a browser.
 */
export function unlimited(own: unknown): object | undefined {
	const dispatcher = (own ?? globalDispatcher()) as Dispatcher | undefined;
	if (typeof dispatcher?.dispatch !== 'function') return undefined;
	return {
		dispatch: (options: object, handler: unknown) =>
			dispatcher.dispatch({...options, bodyTimeout: 0}, handler),
		// Asked by fetch, which gives a mock the body in another form.
		get isMockActive() {
			return dispatcher.isMockActive;
		},
	};
}

// The one that the platform's fetch looks at: since its version 8 that is another one.
function globalDispatcher(): unknown {
	// It is there once any of the globals of fetch was used.
	void globalThis.Headers;
	const {versions} = (globalThis as {process?: {versions?: {undici?: string}}}).process ?? {};
	const generation = Number.parseInt(versions?.undici ?? '0', 10) >= 8 ? 2 : 1;
	return (globalThis as Record<symbol, unknown>)[Symbol.for(`undici.globalDispatcher.${generation}`)];
}
