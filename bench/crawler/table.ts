import type {Crawled} from './measure.ts';

/** What one crawler did in all rounds. */
export interface Results {
	readonly name: string;
	readonly crawls: readonly Crawled[];
	readonly resumeMs: readonly number[];
}

interface Row {
	readonly what: string;
	readonly of: (results: Results) => number;
	readonly show: (value: number) => string;
	/** Of ours, beside the other's. */
	readonly target?: {readonly text: string; readonly isMet: (ours: number, theirs: number) => boolean};
}

const overCrawls = (of: (crawl: Crawled) => number) => (results: Results) => median(results.crawls.map(of));

const rows: readonly Row[] = [
	{
		what: 'pages per second',
		of: overCrawls(({pagesPerSecond}) => pagesPerSecond),
		show: (value) => value.toFixed(0),
		target: {text: '≥ 2 ×', isMet: (ours, theirs) => ours >= 2 * theirs},
	},
	{
		what: 'peak memory',
		of: overCrawls(({peakBytes}) => peakBytes),
		show: (value) => `${(value / 2 ** 20).toFixed(0)} MiB`,
		target: {text: '≤ 0.5 ×', isMet: (ours, theirs) => ours <= theirs / 2},
	},
	{
		what: 'resume to the next request, median',
		of: ({resumeMs}) => median(resumeMs),
		show: milliseconds,
		target: {text: '≤ 50 ms', isMet: (ours) => ours <= 50},
	},
	{what: 'resume to the next request, worst', of: ({resumeMs}) => Math.max(...resumeMs), show: milliseconds},
	{
		what: 'the whole process',
		of: overCrawls(({wallMs}) => wallMs),
		show: (value) => `${(value / 1000).toFixed(1)} s`,
	},
	{what: 'pages sent', of: overCrawls(({pages}) => pages.size), show: String},
	{what: 'pages found', of: overCrawls(({found}) => found), show: String},
	{what: 'requests', of: overCrawls(({requests}) => requests), show: String},
];

/** A Markdown table of medians. */
export function table(ours: Results, theirs: Results): string {
	const lines = rows.map(({what, of, show, target}) => {
		const [mine, other] = [of(ours), of(theirs)];
		const verdict = target === undefined ? '' : target.isMet(mine, other) ? 'yes' : 'NO';
		return [what, show(mine), show(other), `${(mine / other).toPrecision(2)} ×`, target?.text ?? '', verdict];
	});
	const heads = ['', ours.name, theirs.name, 'ratio', 'target', 'met?'];
	const all = [heads, ['---', '--:', '--:', '--:', '---', '---'], ...lines];
	return all.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function milliseconds(value: number): string {
	return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

export function median(values: readonly number[]): number {
	const sorted = values.toSorted((one, other) => one - other);
	const middle = Math.floor(sorted.length / 2);
	return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
