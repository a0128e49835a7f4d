import {EventEmitter} from 'node:events';
import type {Host} from '../../examples/crawler/host.ts';

/** A stream that records its text, and lets a test wait for a part of it. */
export class FakeOutput extends EventEmitter {
	readonly isTTY: boolean;
	columns = 160;
	rows = 24;
	text = '';
	readonly writes: string[] = [];

	constructor(isTTY: boolean) {
		super();
		this.isTTY = isTTY;
	}

	write(text: string): void {
		this.text += text;
		this.writes.push(text);
		this.emit('written');
	}

	get lines(): string[] {
		return this.text.split('\n').filter((line) => line !== '');
	}

	/** Resolves once something that was written after the last such wait matches. */
	async until(pattern: RegExp): Promise<string> {
		for (;;) {
			const match = pattern.exec(this.text.slice(this.#seen));
			if (match !== null) {
				this.#seen += match.index + match[0].length;
				return match[0];
			}
			await new Promise((resolve) => this.once('written', resolve));
		}
	}
	#seen = 0;
}

export class FakeInput extends EventEmitter {
	readonly isTTY: boolean;
	isRaw = false;
	isReading = false;
	touched = 0;

	constructor(isTTY: boolean) {
		super();
		this.isTTY = isTTY;
	}

	setRawMode(isRaw: boolean): void {
		this.touched++;
		this.isRaw = isRaw;
	}

	resume(): void {
		this.isReading = true;
	}

	pause(): void {
		this.isReading = false;
	}

	type(keys: string): void {
		this.emit('data', Buffer.from(keys));
	}
}

/** A process to run the program in, with or without a terminal. */
export class FakeHost extends EventEmitter implements Host {
	readonly stdin: FakeInput;
	readonly stdout: FakeOutput;
	readonly stderr: FakeOutput = new FakeOutput(false);
	// What is looked for must not be cut in two by a change of colour.
	readonly env: Record<string, string> = {NO_COLOR: '1'};
	readonly exits: number[] = [];
	readonly kills: [number, string][] = [];

	constructor({isTTY = false}: {isTTY?: boolean} = {}) {
		super();
		this.stdin = new FakeInput(isTTY);
		this.stdout = new FakeOutput(isTTY);
	}

	exit(code: number): void {
		this.exits.push(code);
	}

	kill(pid: number, signal: string): void {
		this.kills.push([pid, signal]);
	}
}
