/** A child process ended on its own, and not with exit code 0. */
export class ProcessExitError extends Error {
	/** The command, if the child shows it. */
	readonly command: string | undefined;
	/** Its exit code; null when a signal ended it. */
	readonly exitCode: number | null;
	/** The signal that ended it; null when it exited. */
	readonly signalCode: string | null;

	constructor(command: string | undefined, exitCode: number | null, signalCode: string | null) {
		const how = signalCode === null ? `exited with code ${exitCode}` : `was ended by ${signalCode}`;
		super(`${command === undefined ? 'The child process' : `'${command}'`} ${how}`);
		this.command = command;
		this.exitCode = exitCode;
		this.signalCode = signalCode;
	}

	static {
		Object.defineProperty(this.prototype, 'name', {
			value: 'ProcessExitError',
			writable: true,
			configurable: true,
		});
	}
}
