import type {HostStatus} from '../status.ts';

const digits = 9;

/** Gives hosts the digits 1 to 9, which stay with them as long as they are shown. */
export class HostSlots {
	readonly #names: (string | undefined)[] = [];

	/** Takes the hosts that are to be shown, the most important ones first; returns them by their digits. */
	place(hosts: readonly HostStatus[], most: number = digits): readonly (HostStatus | undefined)[] {
		const shown = new Map(
			hosts.slice(0, Math.max(0, Math.min(most, digits))).map((host) => [host.host, host]),
		);
		for (const [index, name] of this.#names.entries())
			if (name !== undefined && !shown.has(name)) this.#names[index] = undefined;
		for (const name of shown.keys()) if (!this.#names.includes(name)) this.#names[this.#free()] = name;
		return this.#names.map((name) => (name === undefined ? undefined : shown.get(name)));
	}

	#free(): number {
		const index = this.#names.indexOf(undefined);
		return index < 0 ? this.#names.length : index;
	}

	/** The host with this digit. */
	get(digit: number): string | undefined {
		return this.#names[digit - 1];
	}
}
