import type {Host} from '../host.ts';
import type {Interruption} from '../interruption.ts';
import type {LiveCrawl} from '../live.ts';
import type {TerminalDisplay} from './display.ts';
import {listenToKeys} from './keys.ts';

const keyHelp = `p pause, what is in flight stands still at its next step; r resume
1-9 pause or resume the host with this number; s status; q finish what is in flight, save, and end
Ctrl-C finish and save; again: abort what is in flight; again: exit now. Ctrl-Z leave, fg comes back`;

/** The keys of a crawl on a terminal. */
export class Keyboard implements Disposable {
	readonly #crawl: LiveCrawl;
	readonly #display: TerminalDisplay;
	readonly #host: Host;
	readonly #actions: Readonly<Record<string, () => void>>;
	readonly #comeBack = (): void => this.#goOn();
	#keys: Disposable | undefined;

	constructor(crawl: LiveCrawl, display: TerminalDisplay, host: Host, interruption: Interruption) {
		this.#crawl = crawl;
		this.#display = display;
		this.#host = host;
		this.#actions = {
			p: () => this.#tell(crawl.pause('user')),
			r: () => crawl.resume() || display.notice('there is no pause of yours to take back'),
			s: () => display.status(),
			q: () => interruption.finish(),
			h: () => display.notice(keyHelp),
			'?': () => display.notice(keyHelp),
			'ctrl-c': () => interruption.interrupt(),
			'ctrl-z': () => this.#leave(),
		};
		this.#goOn();
	}

	#press(key: string): void {
		if (/^[1-9]$/.test(key)) this.#toggle(this.#display.hostAt(Number(key)));
		else if (Object.hasOwn(this.#actions, key)) this.#actions[key]?.();
	}

	#toggle(host: string | undefined): void {
		// What resumes nothing was not paused by the user.
		if (host !== undefined && !this.#crawl.resume({host})) this.#tell(this.#crawl.pause('user', {host}));
	}

	#tell(pause: Promise<boolean>): void {
		pause.catch((error: unknown) => this.#display.notice(`cannot pause: ${String(error)}`));
	}

	// The terminal would do it by itself, had it not been told to leave all keys to us.
	#leave(): void {
		this.#keys?.[Symbol.dispose]();
		this.#display.hide();
		this.#host.on('SIGCONT', this.#comeBack);
		this.#host.kill(0, 'SIGTSTP');
	}

	#goOn(): void {
		this.#host.off('SIGCONT', this.#comeBack);
		this.#keys = listenToKeys(this.#host.stdin, (key) => this.#press(key));
		this.#display.show();
	}

	[Symbol.dispose](): void {
		this.#host.off('SIGCONT', this.#comeBack);
		this.#keys?.[Symbol.dispose]();
		this.#keys = undefined;
	}
}
