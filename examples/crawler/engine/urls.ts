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
	if (href.length > longest || !URL.canParse(href, base)) return undefined;
	const url = new URL(href, base);
	if (!/^https?:$/.test(url.protocol)) return undefined;
	url.hash = '';
	url.username = '';
	url.password = '';
	url.pathname = decodeUnreserved(url.pathname);
	url.search = decodeUnreserved(url.search);
	return url.href;
}
