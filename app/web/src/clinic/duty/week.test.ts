import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, later, local, monday, on, weekOf } from './week.ts';

const PARIS = 'Europe/Paris';

test('a week begins on Monday, also across the end of a year', () => {
  assert.equal(monday('2026-11-24'), '2026-11-23');
  assert.equal(monday('2027-01-03'), '2026-12-28');
  assert.deepEqual(weekOf('2026-12-28').at(-1), '2027-01-03');
  assert.equal(later('2026-03-01', -1), '2026-02-28');
});

test('an instant is told in the time of the establishment', () => {
  assert.deepEqual(local(Date.parse('2026-11-23T23:30:00Z'), PARIS), ['2026-11-24', '00:30']);
  assert.deepEqual(local(Date.parse('2026-11-23T23:30:00Z'), 'America/Guadeloupe'), ['2026-11-23', '19:30']);
});

test('a night has a piece on each of its two days', () => {
  const night = { from_at: '2026-11-24T17:00:00Z', to_at: '2026-11-25T07:00:00Z' };
  assert.deepEqual(on('2026-11-24', [night], PARIS), [{ of: night, from: '18:00', until: '24:00' }]);
  assert.deepEqual(on('2026-11-25', [night], PARIS), [{ of: night, from: '00:00', until: '08:00' }]);
  assert.deepEqual(on('2026-11-26', [night], PARIS), []);
});

test('what ends at midnight is not on the next day', () => {
  const evening = { from_at: '2026-11-24T17:00:00Z', to_at: '2026-11-24T23:00:00Z' };
  assert.deepEqual(on('2026-11-25', [evening], PARIS), []);
  assert.equal(on('2026-11-24', [evening], PARIS)[0]?.until, '24:00');
});

test('a local hour becomes its instant, in winter, in summer and in both odd nights', () => {
  assert.equal(instant('2026-11-24', '08:00', PARIS), '2026-11-24T07:00:00.000Z');
  assert.equal(instant('2026-07-14', '00:00', PARIS), '2026-07-13T22:00:00.000Z');
  assert.equal(instant('2026-10-25', '02:30', PARIS), '2026-10-25T00:30:00.000Z');
  assert.equal(instant('2026-10-25', '08:00', PARIS), '2026-10-25T07:00:00.000Z');
  assert.equal(instant('2026-03-29', '08:00', PARIS), '2026-03-29T06:00:00.000Z');
  assert.equal(instant('2026-03-29', '02:30', PARIS), '2026-03-29T01:30:00.000Z');
});
