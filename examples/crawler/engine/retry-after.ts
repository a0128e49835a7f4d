const longest = 24 * 60 * 60 * 1000;

// Between two headers of one name, and not the comma after the weekday of a date.
const between = /(?<!\b[A-Z][a-z]+), /;
const seconds = /^\d+(?:\.\d+)?$/;
// RFC 9110, 5.6.7: the three forms of a date. Date.parse alone takes '-1' and '1,5' for years and months.
const date =
	/^(?:[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT|[A-Z][a-z]+day, \d\d-[A-Z][a-z]{2}-\d\d [\d:]{8} GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4})$/;

/**
 * The moment that a Retry-After header names, in seconds or as a date, as `Date.now()` milliseconds; of several
 * the last one. Undefined where it names none that is to come: then it is for the client to say.
 */
export function retryAfter(header: string | null, now: number): number | undefined {
	const moments = (header ?? '').split(between).map((text) => momentOf(text.trim(), now));
	const until = Math.max(...moments.filter((moment) => moment > now));
	// Longer than a day is more likely a mistake than a wish.
	return until === -Infinity ? undefined : Math.min(until, now + longest);
}

function momentOf(text: string, now: number): number {
	if (seconds.test(text)) return now + Math.ceil(Number(text)) * 1000;
	return date.test(text) ? Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) : Number.NaN;
}
