let collections = 0;
let isAsking = false;

// An object that is garbage at once: its finalizer shows that the engine has collected garbage.
const registry = /* @__PURE__ */ new FinalizationRegistry<void>(() => {
	collections++;
	isAsking = false;
});

/** Grows with each garbage collection after the first call. */
export function countCollections(): number {
	if (!isAsking) {
		isAsking = true;
		registry.register({}, undefined);
	}
	return collections;
}
