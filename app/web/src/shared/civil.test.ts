import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockOf, dayOf, momentOf } from './civil.ts';

const PARIS = 'Europe/Paris';
const at = (when: string): number => Date.parse(when);

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
