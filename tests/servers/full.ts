/** Whether the long forms run: `npm run test:redis -- --full`. */
export const isFull: boolean = process.env['FLEET_FULL'] === '1';

/** A size for the long form, and the one for everyday. */
export const sized = (full: number, short: number): number => (isFull ? full : short);

/** A measured number for the note; everyday runs say nothing. */
export function tell(text: string): void {
	if (isFull) process.stdout.write(`    ${text}\n`);
}
