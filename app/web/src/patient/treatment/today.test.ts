import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from './journal.ts';
import { next, standing, takenAs, type Slot } from './today.ts';

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

