// HTML standard, "shared declarative refresh steps": a time, then a URL with or without `url=` before it.
const form = /^[\t\n\f\r ]*(?:\d+[\d.]*|\.[\d.]*)(?:[\t\n\f\r ]*[;,][\t\n\f\r ]*|[\t\n\f\r ]+)(.*)$/s;
const label = /^url[\t\n\f\r ]*=[\t\n\f\r ]*/i;

/** The URL of a Refresh header, or of the meta tag that stands for one; undefined where it names none. */
export function refreshUrl(content: string): string | undefined {
	const rest = form.exec(content)?.[1]?.replace(label, '');
	if (rest === undefined || rest === '') return undefined;
	const quoted = /^(["'])(.*?)(?:\1|$)/s.exec(rest);
	return quoted?.[2] ?? rest;
}
