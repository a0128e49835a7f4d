// A module without a default function.
export const nothing = true;
