import {ControlError} from './control/client.ts';
import {CrawlError, isOfTheMachine} from './engine/errors.ts';

/**
 * Something that the user can do something about, and no fault of the program: one line says it. Of the machine:
 * no permission, a full disk, a port in use, a database that another program keeps.
 */
export function isOrdinary(error: unknown): error is Error {
	return error instanceof CrawlError || error instanceof ControlError || isOfTheMachine(error);
}
