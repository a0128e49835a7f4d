/** What the platform's constructor cannot, or may refuse to, give a response. */
type Shown = Pick<Response, 'status' | 'statusText' | 'ok' | 'url' | 'redirected' | 'type'>;

/**
 * A real `Response` that looks like the platform's, with another body. A server may send statuses and
 * reason phrases that the constructor refuses: those are shown over what it was built with.
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
 * The headers of an answer, to be changed. Some that a parser lets through nobody may set: those are
 * left out.
 */
export function copyOf(headers: Headers | undefined): Headers {
	const copy = new Headers();
	for (const [name, value] of headers ?? []) {
		try {
			copy.append(name, value);
		} catch {
			// A name with a space in it, or none at all.
		}
	}
	return copy;
}
