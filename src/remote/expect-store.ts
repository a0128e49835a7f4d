import {wrongType} from '../core/index.ts';
import type {ControlStore} from './store.ts';

const methods = ['read', 'write', 'report', 'members', 'watch'] as const;

export function expectStore(store: ControlStore): ControlStore {
	const missing = methods.find(
		(method) => typeof (store as Partial<ControlStore> | null)?.[method] !== 'function',
	);
	if (missing !== undefined) throw wrongType('store', `a ControlStore, with ${methods.join(', ')}`, store);
	return store;
}
