/** The same numbers each time, so that the demo site is the same on every machine. */
export type Dice = (sides: number) => number;

/** Dice that fall as the seed says (mulberry32). */
export function dice(seed: string): Dice {
	let state = 0x811c9dc5;
	for (const char of seed) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193);
	return (sides) => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
	};
}

export function pick<T>(roll: Dice, list: readonly T[]): T {
	return list[roll(list.length)] as T;
}

const subjects = `the harbour master|a retired baker|our neighbour|the night ferry|every second gardener|the old library|a visiting painter|the weather station|my grandmother|the market clerk|a patient heron|the signal box`;
const verbs = `keeps|remembers|paints|repairs|measures|forgets|collects|trades|describes|borrows|waters|watches`;
const objects = `the tide tables|a jar of plum jam|three kinds of moss|the long way home|last winter’s letters|a brass lantern|the quiet hours|an unfinished map|the first frost|a row of beans|the ferry bell|wet paving stones`;
const endings = `before breakfast|in spite of the rain|as a matter of course|for no clear reason|until the lamps are lit|with great care|on alternate Tuesdays|at the edge of town|while the kettle boils|year after year`;

const [subjectList, verbList, objectList, endingList] = [subjects, verbs, objects, endings].map((list) =>
	list.split('|'),
) as [string[], string[], string[], string[]];

export function sentence(roll: Dice): string {
	const words = [subjectList, verbList, objectList, endingList].map((list) => pick(roll, list)).join(' ');
	return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

export function paragraph(roll: Dice): string {
	return Array.from({length: 3 + roll(5)}, () => sentence(roll)).join(' ');
}

/** A title of four words or so, without its final stop. */
export function headline(roll: Dice): string {
	return `${pick(roll, subjectList)} ${pick(roll, verbList)} ${pick(roll, objectList)}`;
}
