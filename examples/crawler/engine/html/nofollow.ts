// Rules that have a value: the value is no rule, whatever word it is.
const valued = /^(?:max-image-preview|max-snippet|max-video-preview|unavailable_after)\s*:/i;
const agent = /^([a-z][\w-]*)\s*:\s*/i;

/** Whether the content of a robots meta tag forbids to follow the page's links. */
export function saysNofollow(content: string): boolean {
	return content
		.replaceAll(/[\w-]+\s*:\s*[^\s,]*/g, '')
		.split(/[\s,]+/)
		.some(isNofollow);
}

/**
 * Whether an X-Robots-Tag header forbids it to the crawler of this name. A name before rules
 * (`otherbot: noindex, nofollow`) says for whom they and all that follow are, up to the next name.
 */
export function tagSaysNofollow(header: string, product: string): boolean {
	let isOurs = true;
	for (const part of header.split(',').map((rule) => rule.trim())) {
		if (valued.test(part)) continue;
		const [prefix, name] = agent.exec(part) ?? [''];
		if (name !== undefined) isOurs = name.toLowerCase() === product.toLowerCase();
		if (isOurs && isNofollow(part.slice(prefix.length))) return true;
	}
	return false;
}

function isNofollow(rule: string): boolean {
	return /^(?:nofollow|none)$/i.test(rule);
}
