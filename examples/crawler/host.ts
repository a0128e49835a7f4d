import type {Sink} from './export.ts';
import type {KeyInput} from './terminal/keys.ts';
import type {Output} from './terminal/screen.ts';

/** What the program needs of the process it runs in. */
export interface Host {
	readonly stdin: KeyInput;
	readonly stdout: Omit<Output, 'write'> & Sink;
	readonly stderr: {
		readonly isTTY?: boolean;
		write(text: string): unknown;
		on(event: 'error', listener: () => void): unknown;
	};
	readonly env: Readonly<Record<string, string | undefined>>;
	on(event: string, listener: () => void): unknown;
	off(event: string, listener: () => void): unknown;
	exit(code: number): void;
	kill(pid: number, signal: string): unknown;
}
