// A module that throws while it is loaded.
export default function never(): void {}

throw new Error('broken module');
