/** What a constructed response cannot be told by its constructor. */
type Shown = Pick<Response, 'url' | 'redirected' | 'type'>;

/** A real `Response` that looks as the one from the platform, with another body. */
export function responseLike(
	original: Shown & Pick<Response, 'status' | 'statusText'>,
	headers: Headers,
	body: ReadableStream<Uint8Array>,
): Response {
	const {status, statusText} = original;
	return show(new Response(body, {status, statusText, headers}), original);
}

function show(response: Response, {url, redirected, type}: Shown): Response {
	const clone = (): Response => show(Response.prototype.clone.call(response), {url, redirected, type});
	for (const [name, value] of Object.entries({url, redirected, type, clone}))
		Object.defineProperty(response, name, {value, configurable: true, enumerable: name !== 'clone'});
	return response;
}
