import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from './journal.ts';
import { clockOf, dayOf, momentOf, next, standing, takenAs, type Slot } from './today.ts';

const PARIS = 'Europe/Paris';
const HOUR = 3_600_000;
const at = (when: string): number => Date.parse(when);
const slot = (on: string, when: string, place = 0, drugs = ['']): Slot => ({
  on,
  slot: place,
  at: at(when),
  opens: at(when) - 3 * HOUR,
  closes: at(when) + 3 * HOUR,
  doses: drugs.map((drug) => ({ drug, number: place, title: { fr: '', en: '' }, mg: 1500, tablets: [] })),
});
const told = (one: Slot, drug = '', state: Entry['state'] = 'taken'): Entry => ({
  id: `${one.on}-${one.slot}-${drug}`,
  drug,
  on: one.on,
  slot: one.slot,
  state,
  at: new Date(one.at).toISOString(),
  mg: null,
  reason: null,
  by: 'patient',
  recorded_at: new Date(one.at).toISOString(),
  replaces: null,
  standing: 'sent',
});

test('a tap at 00:40 belongs to the evening before, one at 03:00 to the new day', () => {
  assert.equal(dayOf(at('2026-11-24T23:40:00Z'), PARIS), '2026-11-24');
  assert.equal(dayOf(at('2026-11-25T01:59:00Z'), PARIS), '2026-11-24');
  assert.equal(dayOf(at('2026-11-25T02:00:00Z'), PARIS), '2026-11-25');
});

test('the day goes by the clock on the wall on both nights of a clock change', () => {
  // 29 March 2026: 02:00 becomes 03:00. 01:59 is still Saturday's, the next minute is Sunday's
  assert.equal(dayOf(at('2026-03-29T00:59:00Z'), PARIS), '2026-03-28');
  assert.equal(dayOf(at('2026-03-29T01:00:00Z'), PARIS), '2026-03-29');
  // 25 October 2026: 03:00 becomes 02:00. The second 02:30 is still Saturday's
  assert.equal(dayOf(at('2026-10-25T00:30:00Z'), PARIS), '2026-10-24');
  assert.equal(dayOf(at('2026-10-25T01:30:00Z'), PARIS), '2026-10-24');
  assert.equal(dayOf(at('2026-10-25T02:00:00Z'), PARIS), '2026-10-25');
});

test('a traveller’s day is that of where the phone is', () => {
  assert.equal(dayOf(at('2026-11-24T23:40:00Z'), 'America/Guadeloupe'), '2026-11-24');
  assert.equal(dayOf(at('2026-11-24T23:40:00Z'), 'Asia/Tokyo'), '2026-11-25');
});

test('a slot is to come, open, past, or told once each of its drugs has an answer', () => {
  const morning = slot('2026-11-24', '2026-11-24T07:00:00Z', 0, ['palbociclib', 'letrozole']);
  assert.equal(standing(morning, [], morning.at - 4 * HOUR), 'later');
  assert.equal(standing(morning, [], morning.at - 3 * HOUR), 'open');
  assert.equal(standing(morning, [], morning.at + 3 * HOUR), 'open');
  assert.equal(standing(morning, [], morning.at + 3 * HOUR + 1), 'past');
  const one = told(morning, 'palbociclib');
  assert.equal(standing(morning, [one], morning.at), 'open');
  assert.equal(standing(morning, [one, told(morning, 'letrozole', 'missed')], morning.at), 'told');
});

test('the next dose is the first to come that has no answer', () => {
  const slots = [slot('2026-11-24', '2026-11-24T07:00:00Z'), slot('2026-11-24', '2026-11-24T19:00:00Z', 1), slot('2026-11-25', '2026-11-25T07:00:00Z')];
  assert.equal(next(slots, [], at('2026-11-24T08:00:00Z')), slots[1]);
  assert.equal(next(slots, [told(slots[1]!)], at('2026-11-24T08:00:00Z')), slots[2]);
  assert.equal(next(slots, [], at('2026-11-26T08:00:00Z')), undefined);
});

test('within the window is taken, after it late', () => {
  const morning = slot('2026-11-24', '2026-11-24T07:00:00Z');
  assert.equal(takenAs(morning, morning.at + 3 * HOUR), 'taken');
  assert.equal(takenAs(morning, morning.at + 3 * HOUR + 60_000), 'late');
});

test('an hour that a person gives is found again on the clock, also after midnight and on both odd nights', () => {
  for (const [on, clock, when] of [
    ['2026-11-24', '08:04', '2026-11-24T07:04:00Z'],
    ['2026-11-24', '00:40', '2026-11-24T23:40:00Z'],
    ['2026-03-28', '01:30', '2026-03-29T00:30:00Z'],
    ['2026-03-29', '04:00', '2026-03-29T02:00:00Z'],
    ['2026-10-25', '04:00', '2026-10-25T03:00:00Z'],
    ['2026-10-24', '22:00', '2026-10-24T20:00:00Z'],
  ] as const) {
    assert.equal(new Date(momentOf(on, clock, PARIS)).toISOString().slice(0, 19), when.slice(0, 19), `${on} ${clock}`);
    assert.equal(clockOf(momentOf(on, clock, PARIS), PARIS), clock);
  }
});
