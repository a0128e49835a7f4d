// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- this is how two types are compared to the letter
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only when the two types are the same. */
export function same<A, B>(..._proof: Same<A, B> extends true ? [] : ['the types differ', A, B]): void {}
