let collections = 0;
let isAsking = false;

// What is garbage at once tells when garbage is collected.
const registry = /* @__PURE__ */ new FinalizationRegistry<void>(() => {
	collections++;
	isAsking = false;
});

/** Grows with each collection of garbage after the first call. */
export function countCollections(): number {
	if (!isAsking) {
		isAsking = true;
		registry.register({}, undefined);
	}
	return collections;
}
