import type {Crawled} from './measure.ts';

/** What one crawler did in all rounds. */
export interface Results {
	readonly name: string;
	readonly crawls: readonly Crawled[];
	/** None of one that cannot be paused. */
	readonly resumeMs: readonly number[];
}

interface Row {
	readonly what: string;
	/** Undefined for what a crawler does not do. */
	readonly of: (results: Results) => number | undefined;
	readonly show: (value: number) => string;
	/** Of ours, beside another's. */
	readonly target?: Target;
}

interface Target {
	readonly beside: string;
	readonly text: string;
	readonly isMet: (ours: number, theirs: number) => boolean;
}

const overCrawls = (of: (crawl: Crawled) => number) => (results: Results) => median(results.crawls.map(of));

const rows: readonly Row[] = [
	{
		what: 'pages per second',
		of: overCrawls(({pagesPerSecond}) => pagesPerSecond),
		show: (value) => value.toFixed(0),
		target: {beside: 'Crawlee', text: '≥ 2 ×', isMet: (ours, theirs) => ours >= 2 * theirs},
	},
	{
		what: 'CPU for a request',
		of: overCrawls(({cpuMs, requests}) => cpuMs / requests),
		show: (value) => `${value.toFixed(2)} ms`,
		target: {beside: 'wget2', text: '≤ 5 ×', isMet: (ours, theirs) => ours <= 5 * theirs},
	},
	{
		what: 'peak memory',
		of: overCrawls(({peakBytes}) => peakBytes),
		show: (value) => `${(value / 2 ** 20).toFixed(0)} MiB`,
		target: {beside: 'Crawlee', text: '≤ 0.5 ×', isMet: (ours, theirs) => ours <= theirs / 2},
	},
	{
		what: 'resume to the next request, median',
		of: ({resumeMs}) => (resumeMs.length > 0 ? median(resumeMs) : undefined),
		show: milliseconds,
		target: {beside: 'Crawlee', text: '≤ 50 ms', isMet: (ours) => ours <= 50},
	},
	{
		what: 'resume to the next request, worst',
		of: ({resumeMs}) => (resumeMs.length > 0 ? Math.max(...resumeMs) : undefined),
		show: milliseconds,
	},
	{
		what: 'the whole process',
		of: overCrawls(({wallMs}) => wallMs),
		show: (value) => `${(value / 1000).toFixed(1)} s`,
	},
	{what: 'pages sent', of: overCrawls(({pages}) => pages.size), show: String},
	{
		what: 'pages found',
		of: ({crawls}) => {
			const found = crawls.map((crawl) => crawl.found).filter((count) => count !== undefined);
			return found.length > 0 ? median(found) : undefined;
		},
		show: String,
	},
	{what: 'requests', of: overCrawls(({requests}) => requests), show: String},
];

/** A Markdown table of medians: ours, then each other one with the ratio. */
export function table(ours: Results, others: readonly Results[]): string {
	const heads = ['', ours.name, ...others.flatMap(({name}) => [name, 'ratio']), 'target', 'met?'];
	const marks = ['---', ...heads.slice(1, -2).map(() => '--:'), '---', '---'];
	const lines = rows.map((row) => [
		row.what,
		shown(row, row.of(ours)),
		...others.flatMap((other) => [shown(row, row.of(other)), ratio(row.of(ours), row.of(other))]),
		...verdict(row, ours, others),
	]);
	return [heads, marks, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function shown({show}: Row, value: number | undefined): string {
	return value === undefined ? '–' : show(value);
}

function ratio(mine: number | undefined, theirs: number | undefined): string {
	return mine === undefined || theirs === undefined ? '' : `${(mine / theirs).toPrecision(2)} ×`;
}

function verdict({of, target}: Row, ours: Results, others: readonly Results[]): [string, string] {
	const other = others.find(({name}) => name === target?.beside);
	if (target === undefined || other === undefined) return ['', ''];
	const isMet = target.isMet(of(ours) ?? NaN, of(other) ?? NaN);
	return [`${target.text} (${target.beside})`, isMet ? 'yes' : 'NO'];
}

function milliseconds(value: number): string {
	return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

export function median(values: readonly number[]): number {
	const sorted = values.toSorted((one, other) => one - other);
	const middle = Math.floor(sorted.length / 2);
	return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
