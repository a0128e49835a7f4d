const dropped = /* @__PURE__ */ new FinalizationRegistry<() => void>((cleanUp) => cleanUp());

/**
 * Calls `cleanUp` after the object was collected, to remove what works for it (a timer, a follower):
 * nobody can notice its result any more. `cleanUp` must not refer to the object.
 */
export function whenDropped(object: WeakKey, cleanUp: () => void): void {
	dropped.register(object, cleanUp);
}
