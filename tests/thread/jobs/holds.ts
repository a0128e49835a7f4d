// Reports the reasons of the pause at each turn in which they change.
import type {ThreadContext} from '../../../src/thread/index.ts';

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

export default async function holds({signal, report}: ThreadContext<unknown, unknown[]>): Promise<void> {
	let last: string | undefined;
	while (!signal.aborted) {
		const reasons = signal.holds.map(({reason}) => (reason instanceof Error ? String(reason) : reason));
		if (JSON.stringify(reasons) !== last) report(reasons);
		last = JSON.stringify(reasons);
		if (signal.paused) await Promise.race([signal.checkpoint(), tick()]);
		else await tick();
	}
	throw signal.reason;
}
