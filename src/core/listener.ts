// Reads the arguments of `addEventListener` as the platform does.

export type Callback = EventListenerOrEventListenerObject;

export function isCallback(callback: unknown): callback is Callback {
	return typeof callback === 'function' || (typeof callback === 'object' && callback !== null);
}

export function isCapture(options: unknown): boolean {
	if (typeof options !== 'object' || options === null) return Boolean(options);
	return 'capture' in options && Boolean(options.capture);
}

/**
 * A listener that is called once: it is removed before its call, and not when the event is fired. It
 * stays registered when an earlier listener stops the propagation.
 */
export function removedFirst(callback: Callback, remove: () => void): EventListener {
	return function (this: unknown, event) {
		remove();
		if (typeof callback === 'function') Reflect.apply(callback, this, [event]);
		else callback.handleEvent?.(event);
	};
}
