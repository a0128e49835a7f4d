// The part of c-promise2 that is measured; it comes without types.
declare module 'c-promise2' {
	export class CPromise<T = unknown> extends Promise<T> {
		static run<T>(coroutine: () => Generator<unknown, T>): CPromise<T>;
		static all<T>(promises: readonly CPromise<T>[]): CPromise<T[]>;
		pause(): boolean;
		resume(): boolean;
		cancel(reason?: string): boolean;
	}
}
