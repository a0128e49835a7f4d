// RFC 3986, 6.2.2.2: these mean the same with and without the percent sign.
const unreserved = /%(2D|2E|5F|7E|3\d|[46][1-9A-F]|[57][\dA])/gi;

/** Decodes what needs no percent sign, so that one page has one spelling, also in robots.txt. */
export function decodeUnreserved(text: string): string {
	return text.replace(unreserved, (code) => decodeURIComponent(code));
}

// More than any server takes: traps make such, and databases of them.
const longest = 8192;

/**
 * The one spelling of an http(s) URL under which it is visited: absolute, without fragment, user
 * and password. Returns undefined for everything else.
 */
export function pageUrl(href: string, base?: string | URL): string | undefined {
	if (href.length > longest) return undefined;
	const url = parsedUrl(href, base);
	if (url === undefined) return undefined;
	if (!/^https?:$/.test(url.protocol)) return undefined;
	// To set a part costs as much as to parse the whole, and most have nothing to change.
	if (href.includes('#')) url.hash = '';
	if (url.username !== '') url.username = '';
	if (url.password !== '') url.password = '';
	// An empty query goes, too.
	if (/%|\?$/.test(url.href)) {
		url.pathname = decodeUnreserved(url.pathname);
		url.search = decodeUnreserved(url.search);
	}
	return url.href;
}

/** Many links of a page differ in their fragment alone. A URL as {@link pageUrl} takes it stays the same one. */
export function withoutFragment(href: string): string {
	// A space at the end of what is left would go, too.
	return href.replace(/(?<![\0- ])#.*/s, '');
}

export function parsedUrl(href: string, base?: string | URL): URL | undefined {
	try {
		// Not URL.canParse: in Node 20 and 22 it says no to hosts like é.example once it is called often.
		return new URL(href, base);
	} catch {
		return undefined;
	}
}
