const dropped = /* @__PURE__ */ new FinalizationRegistry<() => void>((cleanUp) => cleanUp());

/**
 * Calls `cleanUp` after the object was collected: what works for it (a timer, a follower) goes when
 * nobody can notice its result any more. `cleanUp` must not reach the object.
 */
export function whenDropped(object: WeakKey, cleanUp: () => void): void {
	dropped.register(object, cleanUp);
}
