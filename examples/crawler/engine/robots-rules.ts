import {pageUrl} from './urls.ts';

// Longer ones are mistakes, or mean to keep everybody out without saying so.
const longestDelay = 24 * 60 * 60 * 1000;

/** What the robots.txt of an origin says to one user agent. */
export interface Rules {
	allows(url: string): boolean;
	/** Why nothing may be visited: the server did not say what may. */
	readonly objection?: string;
	readonly delayMs: number;
	readonly sitemaps: readonly string[];
}

/** What it says to the agents of one name, in whatever parts of the file. */
interface Group {
	readonly rules: Rule[];
	delay: string | undefined;
}

interface Rule {
	readonly isAllowed: boolean;
	/** The longest one that matches counts. */
	readonly length: number;
	matches(path: string): boolean;
}

/** The rules for this user agent in the text of a robots.txt (RFC 9309); `url` is where it belongs. */
export function parseRobots(url: string, text: string, userAgent: string): Rules {
	const {groups, sitemaps} = read(text);
	// A group of our own counts alone, even where it has no rule.
	const group = groups.get(productOf(userAgent)) ?? groups.get('*');
	const urls = sitemaps.map((sitemap) => pageUrl(sitemap, url));
	return {
		allows: (page) => group === undefined || allows(group.rules, page),
		delayMs: Math.min(longestDelay, Math.max(0, 1000 * (Number.parseFloat(group?.delay ?? '') || 0))),
		sitemaps: [...new Set(urls)].filter((sitemap) => sitemap !== undefined),
	};
}

/** What a robots.txt calls a crawler: the first word of its user agent, in lower case. */
export function productOf(userAgent: string): string {
	return (/^[a-z_-]+/i.exec(userAgent)?.[0] ?? userAgent).toLowerCase();
}

function read(text: string): {groups: ReadonlyMap<string, Group>; sitemaps: string[]} {
	const groups = new Map<string, Group>();
	const sitemaps: string[] = [];
	let named: Group[] = [];
	let isNaming = false;
	for (const line of text.split(/\r\n|\r|\n/)) {
		const [, name = '', value = ''] = /^\s*([a-z-]+)\s*:\s*(.*)$/i.exec(line) ?? [];
		const field = name.toLowerCase();
		// The whole of it: a URL may hold what looks like a comment.
		if (field === 'sitemap') sitemaps.push(value.trim());
		const word = value.replace(/#.*/, '').trim();
		if (field === 'user-agent') {
			const group = groupOf(groups, productOf(word));
			named = isNaming ? [...named, group] : [group];
			isNaming = true;
		} else if (add(named, field, word)) {
			// Nothing else ends the list of agents at the head of a group (section 2.2).
			isNaming = false;
		}
	}
	return {groups, sitemaps};
}

function groupOf(groups: Map<string, Group>, name: string): Group {
	let group = groups.get(name);
	if (group === undefined) {
		group = {rules: [], delay: undefined};
		groups.set(name, group);
	}
	return group;
}

/** Whether it is a field of a group. */
function add(groups: readonly Group[], field: string, value: string): boolean {
	if (field === 'crawl-delay') for (const group of groups) group.delay ??= value;
	else if (field === 'allow' || field === 'disallow') {
		const rules = value === '' ? [] : rulesOf(field === 'allow', value);
		for (const group of groups) group.rules.push(...rules);
	} else return false;
	return true;
}

function rulesOf(isAllowed: boolean, path: string): Rule[] {
	const pattern = spelled(path);
	// A browser asks for a/b where a link says a\b, and for a%5Cb where that is what it says.
	const patterns = new Set([pattern, pattern.replaceAll('\\', '/')]);
	return [...patterns].map((one) => ({isAllowed, length: one.length, matches: matcher(one)}));
}

function allows(rules: readonly Rule[], page: string): boolean {
	const {pathname, search} = new URL(page);
	if (pathname === '/robots.txt') return true;
	// The special characters of patterns are none in a path (section 2.2.3).
	const path = spelled(pathname + search)
		.replaceAll('*', '%2A')
		.replaceAll('$', '%24');
	let [isAllowed, longest] = [true, 0];
	for (const rule of rules) {
		const isNearer = rule.length > longest || (rule.length === longest && rule.isAllowed);
		if (isNearer && rule.matches(path)) [isAllowed, longest] = [rule.isAllowed, rule.length];
	}
	return isAllowed;
}

function matcher(pattern: string): Rule['matches'] {
	const isToEnd = pattern.endsWith('$');
	const text = (isToEnd ? pattern.slice(0, -1) : pattern).replaceAll('$', '%24');
	const [start = '', ...pieces] = text.split('*');
	const last = isToEnd ? pieces.pop() : undefined;
	return (path) => {
		if (!path.startsWith(start)) return false;
		// As far to the left as can be: that leaves most to what comes after it.
		let at = start.length;
		for (const piece of pieces) {
			const found = path.indexOf(piece, at);
			if (found === -1) return false;
			at = found + piece.length;
		}
		if (!isToEnd) return true;
		return last === undefined ? at === path.length : path.length - last.length >= at && path.endsWith(last);
	};
}

const code = /%[\dA-Fa-f]{2}|[^\x21-\x7e]/gu;
// Decoded in one part of a URL and encoded in another one, by browsers and by people.
const sameDecoded = /[\w.~'"<>[\\\]^`{|}-]/;

/** One spelling for a path or a pattern: of two that mean the same, both become this one. */
function spelled(path: string): string {
	return path.replaceAll(code, (found) => {
		if (!found.startsWith('%')) return encodeURIComponent(found);
		const letter = String.fromCodePoint(Number.parseInt(found.slice(1), 16));
		return sameDecoded.test(letter) ? letter : found.toUpperCase();
	});
}
