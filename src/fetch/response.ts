/** The properties that the platform's constructor cannot set, or may refuse. */
type Shown = Pick<Response, 'status' | 'statusText' | 'ok' | 'url' | 'redirected' | 'type'>;

/**
 * A real `Response` that looks like the platform's, with another body. Where a server sends a status or
 * a reason phrase that the constructor refuses, own properties show the original ones.
 */
export function responseLike(original: Shown, headers: Headers, body: ReadableStream<Uint8Array>): Response {
	const {status} = original;
	const isRegular = status >= 200 && status <= 599;
	return show(new Response(body, {status: isRegular ? status : 200, headers}), original);
}

function show(response: Response, original: Shown): Response {
	const {status, statusText, ok, url, redirected, type} = original;
	const clone = (): Response => show(Response.prototype.clone.call(response), original);
	for (const [name, value] of Object.entries({status, statusText, ok, url, redirected, type, clone}))
		Object.defineProperty(response, name, {value, configurable: true, enumerable: name !== 'clone'});
	return response;
}

/**
 * A copy of an answer's headers that can be changed. It leaves out headers that the parser lets through
 * and `Headers` refuses.
 */
export function copyOf(headers: Headers | undefined): Headers {
	const copy = new Headers();
	for (const [name, value] of headers ?? []) {
		try {
			copy.append(name, value);
		} catch {
			// A name with a space in it, or an empty one.
		}
	}
	return copy;
}
