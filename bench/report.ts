import type {Contest, Medians} from './contest.ts';

export type Line = readonly string[];

const heads: Line = ['what', 'ours', 'peer', "peer's", 'ratio', 'target', 'met?'];

/** The lines of a contest: one for each peer, or a single one without. */
export function linesOf(contest: Contest, [ours = Number.NaN, ...others]: Medians): Line[] {
	const {what, unit, peers, limit} = contest;
	if (peers.length === 0) return [[what, show(ours, unit), '', '', '', ...verdict(ours, limit)]];
	return peers.map(({name, ratioLimit}, index) => {
		const theirs = others[index] ?? Number.NaN;
		// A limit of its own is told once, beside the peer that has one too, or else the first.
		const hasLimit = ratioLimit !== undefined || (index === 0 && !peers.some((peer) => peer.ratioLimit));
		return [
			index === 0 ? what : '',
			index === 0 ? show(ours, unit) : '',
			name,
			show(theirs, unit),
			`${significant(ours / theirs)} ×`,
			...verdict(ours, hasLimit ? limit : undefined, ours / theirs, ratioLimit, unit),
		];
	});
}

function verdict(
	ours: number,
	limit: number | undefined,
	ratio: number = Number.NaN,
	ratioLimit?: number,
	unit: Contest['unit'] = 'ns',
): [target: string, isMet: string] {
	const targets: string[] = [];
	if (ratioLimit !== undefined) targets.push(`≤ ${Number(ratioLimit.toPrecision(2))} ×`);
	if (limit !== undefined) targets.push(`≤ ${show(limit, unit)}`);
	if (targets.length === 0) return ['', ''];
	const isMet = (ratioLimit !== undefined && ratio <= ratioLimit) || (limit !== undefined && ours <= limit);
	return [targets.join(' or '), isMet ? 'yes' : 'NO'];
}

function show(value: number, unit: Contest['unit']): string {
	if (unit === 'bytes') return `${Math.round(value)} B`;
	if (value >= 1e6) return `${significant(value / 1e6)} ms`;
	if (value >= 10_000) return `${significant(value / 1e3)} µs`;
	return `${significant(value)} ns`;
}

function significant(value: number): string {
	return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}

/** A table that reads well in a terminal and is Markdown. */
export function table(lines: readonly Line[]): string {
	const rows = [heads, ...lines];
	const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
	const isNumber = (column: number): boolean => column === 1 || column === 3 || column === 4;
	const format = (row: Line): string =>
		`| ${row.map((cell, at) => (isNumber(at) ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!))).join(' | ')} |`;
	const rule = `|${widths.map((width, at) => (isNumber(at) ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`;
	return [format(heads), rule, ...lines.map(format)].join('\n');
}
