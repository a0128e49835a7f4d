import {expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import {type Place, Places} from '../../src/bullmq/places.ts';

class Guest implements Place {
	went = 0;
	go(): void {
		this.went++;
	}
}

test('returning guests get places before newcomers, in order', () => {
	const places = new Places(1, () => {});
	const [first, second, newcomer] = [new Guest(), new Guest(), new Guest()];
	places.enter(first);
	places.giveUp(first);
	places.enter(second);
	expect(places.away).toBe(1);
	places.enter(newcomer);
	places.comeBack(first);
	expect([first.went, second.went, newcomer.went]).toEqual([1, 1, 0]);
	places.leave(second);
	expect([first.went, newcomer.went, places.away]).toEqual([2, 0, 0]);
	places.leave(first);
	expect(newcomer.went).toBe(1);
});

test('a guest that is held again while it waits for its place does not get it', () => {
	const places = new Places(1, () => {});
	const [one, other] = [new Guest(), new Guest()];
	places.enter(one);
	places.giveUp(one);
	places.enter(other);
	places.comeBack(one);
	places.stayAway(one);
	places.leave(other);
	expect([one.went, places.away]).toEqual([1, 1]);
	places.comeBack(one);
	expect([one.went, places.away]).toEqual([2, 0]);
});

const step = fc.record({
	guest: fc.nat(5),
	verb: fc.constantFrom('enter', 'giveUp', 'comeBack', 'stayAway', 'leave'),
	limit: fc.integer({min: 1, max: 3}),
});

test('no more guests than the highest limit ever have a place, and no guest waits beside a free place', () => {
	fc.assert(
		fc.property(fc.array(step, {maxLength: 60}), fc.integer({min: 1, max: 3}), (script, limit) => {
			const places = new Places(limit, () => {});
			const guests = Array.from({length: 6}, () => new Guest());
			const inside = new Set<Guest>();
			const waiting = new Set<Guest>();
			for (const {guest: at, verb} of script) {
				const guest = guests[at]!;
				if (verb === 'enter') {
					if (inside.has(guest)) continue;
					inside.add(guest);
					waiting.add(guest);
				}
				if (verb !== 'enter' && !inside.has(guest)) continue;
				places[verb as 'enter'](guest);
				if (verb === 'leave') inside.delete(guest);
				if (verb === 'leave' || verb === 'stayAway') waiting.delete(guest);
				if (verb === 'comeBack' && !places.has(guest)) waiting.add(guest);
				const taken = guests.filter((one) => places.has(one));
				expect(taken.length).toBeLessThanOrEqual(limit);
				expect(places.away).toBeLessThanOrEqual(inside.size - taken.length);
			}
			for (const guest of inside) places.leave(guest);
			expect(places.away).toBe(0);
			expect(guests.some((one) => places.has(one))).toBe(false);
		}),
	);
});
