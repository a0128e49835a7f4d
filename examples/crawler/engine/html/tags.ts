import {decodeHTML, decodeHTMLAttribute, decodeXML} from 'entities';
import {endOfName, endOfTag} from './tag-end.ts';

const attribute =
	/[\t\n\f\r /]*(?:(>)|([^\t\n\f\r />][^\t\n\f\r />=]*)(?=[\t\n\f\r />=])(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|(?![\t\n\f\r "'])([^\t\n\f\r >]*))|(?![\t\n\f\r ]*=)))/y;
const commentEnd = /--!?>/g;

/**
 * Goes through the tags of a text, in HTML or XML, as a browser's tokenizer does. It builds no tree and keeps no
 * stack, so that each character is looked at once, however deep the tags are nested or how many of them are stray.
 * What is unfinished at the end of the text is no tag.
 *
 * Invariants: `#at` never moves back. `#isInTag` while the attributes of the last start tag are not read yet.
 */
export class Tags {
	/** Of the last tag, in lower case. */
	name = '';
	/** Whether the last tag ends an element. */
	isEnd = false;
	/** Whether the last start tag was closed by `/>`; known once its attributes were read. */
	isClosed = false;
	readonly #text: string;
	readonly #isXml: boolean;
	#at = 0;
	#isInTag = false;
	#words = '';

	constructor(text: string, {isXml = false}: {isXml?: boolean} = {}) {
		this.#text = text;
		this.#isXml = isXml;
	}

	/** Moves to the next tag; false when there is none. */
	next(): boolean {
		if (this.#isInTag) this.#skipAttributes();
		for (let at = this.#find('<'); at !== -1; at = this.#find('<')) {
			this.#keepWords(at);
			this.#at = at + 1;
			if (this.#readTag()) return true;
		}
		return false;
	}

	/** The next occurrence of a mark; what follows is passed over when there is none. */
	#find(mark: string): number {
		const found = this.#text.indexOf(mark, this.#at);
		if (found === -1) this.#at = this.#text.length;
		return found;
	}

	/** Moves behind the next occurrence of a mark; false when there is none. */
	#pass(mark: string): boolean {
		const found = this.#find(mark);
		if (found === -1) return false;
		this.#at = found + mark.length;
		return true;
	}

	#readTag(): boolean {
		switch (this.#text[this.#at]) {
			case '!':
				this.#passDeclaration();
				return false;
			case '?':
				this.#pass(this.#isXml ? '?>' : '>');
				return false;
			case '/':
				return this.#readEndTag();
			default:
				return this.#readStartTag();
		}
	}

	#passDeclaration(): void {
		if (this.#text.startsWith('!--', this.#at)) this.#passComment();
		else if (this.#isXml && this.#text.startsWith('![CDATA[', this.#at)) this.#passCdata();
		else this.#pass('>');
	}

	#passComment(): void {
		// <!--> and <!---> are whole, and --!> ends one, too.
		commentEnd.lastIndex = this.#at + 1;
		this.#at = commentEnd.test(this.#text) ? commentEnd.lastIndex : this.#text.length;
	}

	#passCdata(): void {
		const start = this.#at + '![CDATA['.length;
		this.#pass(']]>');
		this.#words += this.#text.slice(start, this.#at - ']]>'.length);
	}

	#readEndTag(): boolean {
		this.#at++;
		if (!this.#readName()) {
			this.#pass('>');
			return false;
		}
		this.isEnd = true;
		return this.#pass('>');
	}

	#readStartTag(): boolean {
		if (!this.#readName()) return false;
		this.isEnd = this.isClosed = false;
		this.#isInTag = true;
		return true;
	}

	#readName(): boolean {
		if (!this.#isXml && !isLetter(this.#text.charCodeAt(this.#at))) return false;
		const end = endOfName(this.#text, this.#at);
		if (end === this.#at) return false;
		this.name = this.#text.slice(this.#at, end).toLowerCase();
		this.#at = end;
		return true;
	}

	/** The attributes of the last start tag; undefined when it has no end. The first one of a name counts. */
	attributes(): ReadonlyMap<string, string> | undefined {
		const values = new Map<string, string>();
		this.#isInTag = false;
		attribute.lastIndex = this.#at;
		for (let found = attribute.exec(this.#text); found !== null; found = attribute.exec(this.#text)) {
			this.#at = attribute.lastIndex;
			const [all, end, name = '', inDouble, inSingle, bare] = found;
			this.isClosed = all.at(-2) === '/';
			if (end !== undefined) return values;
			const key = name.toLowerCase();
			if (!values.has(key)) values.set(key, decoded(inDouble ?? inSingle ?? bare ?? '', decodeHTMLAttribute));
		}
		this.#at = this.#text.length;
		return undefined;
	}

	#skipAttributes(): void {
		this.#isInTag = false;
		this.#at = endOfTag(this.#text, this.#at);
	}

	/** The text up to the end tag of the last start tag, in which nothing else is a tag. */
	rawText(): string {
		if (this.#isInTag) this.#skipAttributes();
		const end = new RegExp(`</${this.name}(?=[\\t\\n\\f\\r />])`, 'gi');
		end.lastIndex = this.#at;
		const found = end.exec(this.#text)?.index ?? this.#text.length;
		const text = this.#text.slice(this.#at, found);
		this.#at = found;
		return text;
	}

	#keepWords(end: number): void {
		if (this.#isXml) this.#words += decoded(this.#text.slice(this.#at, end), decodeXML);
	}

	/** In XML: the text since this was called last, tags left out. */
	takeWords(): string {
		const words = this.#words;
		this.#words = '';
		return words;
	}
}

function isLetter(code: number): boolean {
	const lower = code | 0x20;
	return lower >= 0x61 && lower <= 0x7a;
}

/** Text of HTML with its character references resolved. */
export function textOf(html: string): string {
	return decoded(html, decodeHTML);
}

function decoded(text: string, decode: (text: string) => string): string {
	return text.includes('&') ? decode(text) : text;
}
