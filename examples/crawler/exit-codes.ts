export const exitCodes = {done: 0, error: 1, usage: 2, workLeft: 3} as const;
