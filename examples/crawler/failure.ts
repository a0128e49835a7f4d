import {UsageError} from './args.ts';
import {exitCodes} from './exit-codes.ts';
import {isOrdinary} from './ordinary.ts';

/** Says in a line what ended the program, and with which code it exits. Throws what is a fault of the program. */
export function explainFailure(error: unknown, stderr: {write(text: string): unknown}): number {
	if (error instanceof UsageError) {
		stderr.write(`${error.message}\nTry --help.\n`);
		return exitCodes.usage;
	}
	if (!isOrdinary(error)) throw error;
	stderr.write(`error: ${error.message}\n`);
	return exitCodes.error;
}
