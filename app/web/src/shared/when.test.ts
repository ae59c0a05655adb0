import assert from 'node:assert/strict';
import { test } from 'node:test';
import { age, clock, countdown, dayInWords, due, moment, span } from './when.ts';

const PARIS = 'Europe/Paris';
const now = Date.parse('2026-11-22T13:10:00Z'); // 14:10 in Paris, a Sunday

test('a deadline today is an hour, with the minutes left', () => {
  const d = due('2026-11-22T13:30:00Z', now, 'fr', PARIS);
  assert.deepEqual(d, { late: false, soon: false, minutes: 20, clock: '14:30' });
});

test('the last quarter of an hour is soon, one second past is late', () => {
  assert.equal(due('2026-11-22T13:24:59Z', now, 'fr', PARIS).soon, true);
  const late = due('2026-11-22T13:09:59Z', now, 'fr', PARIS);
  assert.equal(late.late, true);
  assert.equal(late.minutes, 0);
});

test('tomorrow is said, further days are named', () => {
  assert.equal(clock('2026-11-23T09:00:00Z', now, 'fr', PARIS), 'demain à 10:00');
  assert.equal(clock('2026-11-21T09:00:00Z', now, 'en', PARIS), 'yesterday at 10:00');
  assert.match(clock('2026-11-26T09:00:00Z', now, 'fr', PARIS), /^jeu\. 26 nov\. à 10:00$/);
});

test('English is that of Europe: the day before the month, and no hour 24', () => {
  assert.match(clock('2026-11-26T09:00:00Z', now, 'en', PARIS), /^Thu,? 26 Nov at 10:00$/);
  assert.equal(clock('2026-11-22T23:30:00Z', now, 'en', PARIS), 'tomorrow at 00:30');
  assert.match(dayInWords('2026-11-26', 'en', now), /^Thursday,? 26 November$/);
});

test('today is the day of the zone: 23:30 UTC is already tomorrow in Paris', () => {
  assert.equal(clock('2026-11-22T23:30:00Z', now, 'fr', PARIS), 'demain à 00:30');
  assert.equal(clock('2026-11-22T23:30:00Z', now, 'fr', 'America/Guadeloupe'), '19:30');
});

test('both 02:30 of the autumn night print alike, on the right day', () => {
  const before = Date.parse('2026-10-25T00:00:00Z');
  assert.equal(clock('2026-10-25T00:30:00Z', before, 'fr', PARIS), '02:30');
  assert.equal(clock('2026-10-25T01:30:00Z', before, 'fr', PARIS), '02:30');
});

test('lengths of time stay short', () => {
  assert.equal(span(59 * 60_000, 'fr'), '59 min');
  assert.equal(span(185 * 60_000, 'fr'), '3 h 05');
  assert.equal(span(50 * 3_600_000, 'fr'), '2 j');
  assert.equal(span(-5, 'en'), '0 min');
});

test('near its end a watch counts seconds', () => {
  assert.equal(countdown(15 * 60_000, 'fr'), '15 min');
  assert.equal(countdown(15 * 60_000 - 1, 'fr'), '14 min 59 s');
  assert.equal(countdown(65_000, 'en'), '1 min 05 s');
  assert.equal(countdown(9_900, 'fr'), '9 s');
  assert.equal(countdown(-1, 'fr'), '0 s');
});

test('age turns on the birthday', () => {
  const noon = new Date(2026, 10, 22, 12).getTime();
  assert.equal(age('1951-11-22', noon), 75);
  assert.equal(age('1951-11-23', noon), 74);
});

test('a moment today has its preposition, another day brings its own', () => {
  assert.equal(moment('2026-11-22T09:00:00Z', now, 'fr', PARIS), 'à 10:00');
  assert.equal(moment('2026-11-21T09:00:00Z', now, 'fr', PARIS), 'hier à 10:00');
  assert.equal(moment('2026-11-22T09:00:00Z', now, 'en', PARIS), 'at 10:00');
});
