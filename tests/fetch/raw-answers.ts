// Answers as bytes, as odd as servers make them: none is well-formed, and clients accept most of them.

const text = 'some text\n';
const byte = (code: number): string => String.fromCharCode(code);
/** What UTF-8 makes of a text, as one character a byte. */
const utf8 = (words: string): string => Buffer.from(words).toString('latin1');

/** A head that says how long its body is, and the body. */
function answer(line: string, headers: readonly string[] = [], body: string = text): string {
	return [line, ...headers, `Content-Length: ${body.length}`, '', body].join('\r\n');
}

const phrases: Readonly<Record<string, string>> = {
	none: '',
	'none, and a space': ' ',
	'only spaces': '    ',
	'in UTF-8': ` ${utf8('Non trouvé')}`,
	'in Latin-1': ' Non trouv\xE9',
	'in Cyrillic': ` ${utf8('Не найдено')}`,
	'in Chinese': ` ${utf8('没有找到')}`,
	'an emoji': ` ${utf8('OK 🎬')}`,
	'half an emoji': ' OK \xF0\x9F',
	'a byte order mark': ` ${utf8('\uFEFFOK')}`,
	'every byte from 128 on': ` ${Array.from({length: 128}, (_, at) => byte(at + 128)).join('')}`,
	'a tab': ' Not\tFound',
	'a bell': ' Not\x07Found',
	'an escape': ' \x1B[31mNot Found',
	'a delete': ' Not\x7FFound',
	'a zero': ' Not\x00Found',
	'a form feed': ' Not\x0CFound',
	'a percent': ' 100%',
	'quotes and markup': ` <b>"It's"</b>`,
	'very long': ` ${'long '.repeat(500)}`,
	'a digit': ' 1',
};

// Not 421: undici asks once more then, and leaves the first connection open.
const statuses = [
	200, 201, 202, 203, 206, 207, 208, 226, 299, 300, 305, 306, 400, 401, 402, 403, 404, 405, 406, 409, 410,
	411, 412, 413, 414, 415, 416, 417, 418, 422, 423, 424, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502,
	503, 504, 505, 506, 507, 508, 510, 511, 520, 598, 599, 600, 666, 777, 999,
];

const headers: Readonly<Record<string, readonly string[]>> = {
	'a space before the colon': ['X-Bad : 1'],
	'a tab before the colon': ['X-Bad\t: 1'],
	'no name': [': 1'],
	'a name with a space': ['X Bad: 1'],
	'a name in quotes': ['"X-Bad": 1'],
	'a name in brackets': ['[X-Bad]: 1'],
	'a name with a slash': ['X/Bad: 1'],
	'a name with an at': ['X@Bad: 1'],
	'a name in UTF-8': [`${utf8('X-Größe')}: 1`],
	'a name with an underscore': ['x_own: 1'],
	'a name of one character': ['x: 1'],
	'a name of digits': ['404: 1'],
	'a name of all that is allowed': ["!#$%&'*+-.^_`|~: 1"],
	'a line without a colon': ['X-Bad'],
	'an empty value': ['X-Own:'],
	'a value of spaces': ['X-Own:    \t  '],
	'a value in UTF-8': [`X-Own: ${utf8('größer')}`],
	'a value in Latin-1': ['X-Own: gr\xF6\xDFer'],
	'a value with a tab': ['X-Own: a\tb'],
	'a value with a bell': ['X-Own: a\x07b'],
	'a value with a delete': ['X-Own: a\x7Fb'],
	'a value with a zero': ['X-Own: a\x00b'],
	'a value with a form feed': ['X-Own: a\x0Cb\x0C'],
	'a value that continues in the next line': ['X-Own: a\r\n b'],
	'a value that continues after a tab': ['X-Own: a\r\n\tb'],
	'a value with a bare line feed': ['X-Own: a\nX-Other: b'],
	'a long value': [`X-Own: ${'long '.repeat(2000)}`],
	'the same name three times': ['X-Own: 1', 'x-own: 2', 'X-OWN: 3'],
	'two cookies': ['Set-Cookie: a=1; Path=/', 'Set-Cookie: b=2'],
	'a cookie in UTF-8': [`Set-Cookie: a=${utf8('größer')}`],
	'two types': ['Content-Type: text/plain', 'Content-Type: text/html; charset=utf-8'],
	'a type that is none': ['Content-Type: what/ever/else;;='],
	'a charset that is none': ['Content-Type: text/plain; charset=klingon'],
	'a hundred names': Array.from({length: 100}, (_, at) => `X-Own-${at}: ${at}`),
	'a date that is none': ['Date: yesterday', 'Last-Modified: never'],
	'a tag without quotes': ['ETag: abc', 'Accept-Ranges: bytes'],
	'an empty tag': ['ETag: ""', 'Accept-Ranges: bytes'],
	'a tag with UTF-8': [`ETag: "${utf8('größer')}"`, 'Accept-Ranges: bytes'],
	'two tags': ['ETag: "a"', 'ETag: "b"', 'Accept-Ranges: bytes'],
	'the same length twice': [`Content-Length: ${text.length}`],
	'a range that nobody asked for': ['Content-Range: bytes 0-4/10'],
	'a range that is none': ['Content-Range: pages 1-2/3'],
	'a location without a redirect': ['Location: http://[not a url'],
	'a retry that is none': ['Retry-After: soon'],
	'an identity': ['Content-Encoding: identity'],
	'a coding that nobody knows': ['Content-Encoding: rot13'],
	'an empty coding': ['Content-Encoding:'],
	'trailers that never come': ['Trailer: X-Own'],
	'an upgrade that nobody asked for': ['Upgrade: h2c'],
	'a connection that is none': ['Connection: what, ever'],
	'an early hint': ['Link: </style.css>; rel=preload'],
};

const parts: Readonly<Record<string, readonly string[]>> = {
	'of a range': ['Content-Range: bytes 0-9/10'],
	'of a range in the middle': ['Content-Range: bytes 5-14/20'],
	'of a shorter range': ['Content-Range: bytes 0-4/20'],
	'of a longer range': ['Content-Range: bytes 0-14/20'],
	'of a range without a total': ['Content-Range: bytes 0-9/*'],
	'of a range that ends before it begins': ['Content-Range: bytes 9-0/10'],
	'of a range behind the end': ['Content-Range: bytes 90-99/10'],
	'of pages': ['Content-Range: pages 1-2/3'],
	'of no range': [],
	'of many': ['Content-Type: multipart/byteranges; boundary=x'],
};

const wholes: Readonly<Record<string, string>> = {
	'HTTP/1.0': answer('HTTP/1.0 200 OK'),
	'HTTP/1.0, to the end of the connection': `HTTP/1.0 200 OK\r\n\r\n${text}`,
	'to the end of the connection': `HTTP/1.1 200 OK\r\n\r\n${text}`,
	'to the end of the connection, and it is kept alive': `HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n${text}`,
	'no body': 'HTTP/1.1 200 OK\r\n\r\n',
	'an empty body': answer('HTTP/1.1 200 OK', [], ''),
	'an empty body in chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
	chunks: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nsome \r\n5\r\ntext\n\r\n0\r\n\r\n',
	'chunks of one byte': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text
		.split('')
		.map((one) => `1\r\n${one}\r\n`)
		.join('')}0\r\n\r\n`,
	'chunks with extensions':
		'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nsome \r\n5;c\r\ntext\n\r\n0\r\n\r\n',
	'chunks with trailers':
		'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nsome \r\n0\r\nX-Own: 1\r\n\r\n',
	'chunks with a trailer that is no header':
		'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nsome \r\n0\r\nX-Bad : 1\r\n\r\n',
	'chunks with leading zeros':
		'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n000005\r\nsome \r\n0\r\n\r\n',
	'chunks in capital letters': 'HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: Chunked\r\n\r\n5\r\nsome \r\n0\r\n\r\n',
	'chunks and a length':
		'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nsome \r\n0\r\n\r\n',
	'a length and more than that': `HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n${text}`,
	'a length with zeros': `HTTP/1.1 200 OK\r\nContent-Length: 00010\r\n\r\n${text}`,
	'a length with spaces': `HTTP/1.1 200 OK\r\nContent-Length:   10   \r\n\r\n${text}`,
	'an answer before the answer': `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${answer('HTTP/1.1 200 OK')}`,
	'a continue before the answer': `HTTP/1.1 100 Continue\r\n\r\n${answer('HTTP/1.1 200 OK')}`,
	'three answers before the answer': `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(3)}${answer('HTTP/1.1 200 OK')}`,
	'an odd phrase before the answer': `HTTP/1.1 103 ${utf8('Früh')}\r\nX-Bad : 1\r\n\r\n${answer('HTTP/1.1 200 OK')}`,
	'empty lines before it': `\r\n\r\n${answer('HTTP/1.1 200 OK')}`,
	'line feeds alone': answer('HTTP/1.1 200 OK', ['X-Own: 1']).replaceAll('\r\n', '\n'),
	'small letters': answer('http/1.1 200 ok'),
	'HTTP/1.2': answer('HTTP/1.2 200 OK'),
	'HTTP/2.0 in text': answer('HTTP/2.0 200 OK'),
	'HTTP/0.9': text,
	'ICY, as radio stations send': answer('ICY 200 OK'),
	'a status of two digits': answer('HTTP/1.1 20 OK'),
	'a status of four digits': answer('HTTP/1.1 2000 OK'),
	'a status of zeros': answer('HTTP/1.1 000 OK'),
	'no content, with a length': 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n',
	'no content, with an odd phrase': `HTTP/1.1 204 ${utf8('Niets meer')}\x07\r\n\r\n`,
	'no content, with a header that is none': 'HTTP/1.1 204 No Content\r\nX-Bad : 1\r\n\r\n',
	'reset content, with a length': 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n',
	'reset content, with a body': answer('HTTP/1.1 205 Reset Content'),
	'not modified, with a length': 'HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n',
	'not modified, with an odd phrase': `HTTP/1.1 304 ${utf8('Не изменялось')}\r\n\r\n`,
	'a redirect without a location': answer('HTTP/1.1 302 Found'),
	'a redirect to nowhere': answer('HTTP/1.1 302 Found', ['Location: http://[']),
	'a gzip that is none': answer('HTTP/1.1 200 OK', ['Content-Encoding: gzip']),
	'a gzip of nothing': answer('HTTP/1.1 200 OK', ['Content-Encoding: gzip'], ''),
	'two answers in one': `${answer('HTTP/1.1 200 OK')}${answer('HTTP/1.1 404 Not Found')}`,
	'a switch of protocols': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
};

interface RawAnswer {
	/** What is odd about it. */
	readonly name: string;
	readonly bytes: string;
	/** The same head before a body that does not end, where it may have one. */
	readonly endless?: string;
}

function heads(
	kind: string,
	lines: Readonly<Record<string, readonly [string, readonly string[]]>>,
): RawAnswer[] {
	return Object.entries(lines).map(([name, [line, names]]) => {
		const body = 'x'.repeat(300_000);
		const endless = [line, ...names, 'Content-Length: 1000000000', '', body].join('\r\n');
		return {name: `${kind}: ${name}`, bytes: answer(line, names), endless};
	});
}

function each<T, U>(record: Readonly<Record<string, T>>, make: (value: T) => U): Record<string, U> {
	return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, make(value)]));
}

export const rawAnswers: readonly RawAnswer[] = [
	...heads(
		'a phrase',
		each(phrases, (phrase) => [`HTTP/1.1 404${phrase}`, []]),
	),
	...heads(
		'a status',
		Object.fromEntries(statuses.map((status) => [status, [`HTTP/1.1 ${status} Odd`, []]])),
	),
	...heads(
		'a header',
		each(headers, (lines) => ['HTTP/1.1 200 OK', lines]),
	),
	...heads(
		'a part',
		each(parts, (lines) => ['HTTP/1.1 206 Partial Content', lines]),
	),
	...Object.entries(wholes).map(([name, bytes]) => ({name: `a whole: ${name}`, bytes})),
];
