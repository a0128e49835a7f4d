const units = {d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000} as const;
const span = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/;

/** The moment after a span such as `90s`, `10m` or `1h30m`; undefined when it is none. */
export function momentAfter(now: Date, text: string): Date | undefined {
	const [, ...parts] = span.exec(text) ?? [];
	const ms = Object.values(units).reduce((sum, unit, index) => sum + unit * Number(parts[index] ?? 0), 0);
	return ms > 0 ? new Date(now.getTime() + ms) : undefined;
}

/** The next time that a clock shows `22:00`, or an ISO date and time to come; undefined when it is none. */
export function momentAt(now: Date, text: string): Date | undefined {
	const date = /^\d\d?:\d\d/.test(text) ? nextTime(now, text) : isoDate(text);
	return date !== undefined && date > now ? date : undefined;
}

function nextTime(now: Date, text: string): Date | undefined {
	const [, ...parts] = /^(\d\d?):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
	const [hours = 24, minutes = 60, seconds = 0] = parts.filter((part) => part !== undefined).map(Number);
	if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
	const date = new Date(now);
	date.setHours(hours, minutes, seconds, 0);
	// As the calendar has it: a day may have 23 or 25 hours.
	if (date <= now) date.setDate(date.getDate() + 1);
	return date;
}

function isoDate(text: string): Date | undefined {
	const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? new Date(text) : undefined;
	return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}
