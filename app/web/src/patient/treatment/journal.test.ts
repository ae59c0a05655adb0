import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Note } from '../outbox.ts';
import { answerOf, canUndo, journal, type About, type Entry } from './journal.ts';

const entry = (id: string, more: Partial<Entry> = {}): Entry => ({
  id,
  drug: '',
  on: '2026-11-24',
  slot: 0,
  state: 'taken',
  at: '2026-11-24T07:00:00Z',
  mg: null,
  reason: null,
  by: 'patient',
  recorded_at: '2026-11-24T07:00:00Z',
  replaces: null,
  standing: 'sent',
  ...more,
});
const note = (about: About, state: Note['state'] = 'waiting'): Note => ({ id: `n-${JSON.stringify(about).length}`, method: 'PUT', path: '', body: null, about, named: false, state, refusal: null });
const told = (one: Entry, state?: Note['state']): Note => note({ kind: 'intake', entry: one }, state);
const ids = (entries: Entry[]): string[] => entries.map((one) => `${one.id} ${one.standing}`);

test('a tap shows at once, still shows once sent, and once only when the server tells it too', () => {
  const tap = entry('a', { standing: 'waiting' });
  assert.deepEqual(ids(journal([], [told(tap)], [])), ['a waiting']);
  assert.deepEqual(ids(journal([], [], [told(tap)])), ['a sent']);
  assert.deepEqual(ids(journal([entry('a')], [], [told(tap)])), ['a sent']);
});

test('an undone tap is gone, whether the undoing has left or not; a refused undoing undoes nothing', () => {
  const undo = (state?: Note['state']): Note => note({ kind: 'undo', intake: 'a' }, state);
  assert.deepEqual(ids(journal([entry('a')], [undo()], [])), []);
  assert.deepEqual(ids(journal([entry('a')], [], [undo()])), []);
  assert.deepEqual(ids(journal([entry('a')], [undo('refused')], [])), ['a sent']);
});

test('a correction takes the place of what it corrects, unless it was refused', () => {
  const correction = entry('b', { replaces: 'a', state: 'missed', recorded_at: '2026-11-24T09:00:00Z' });
  assert.deepEqual(ids(journal([entry('a')], [told(correction)], [])), ['b waiting']);
  assert.deepEqual(ids(journal([entry('a')], [told(correction, 'refused')], [])), ['a sent', 'b refused']);
});

test('an extra dose answers for no slot', () => {
  const list = [entry('a', { state: 'extra' }), entry('b', { slot: 1 })];
  assert.equal(answerOf(list, '2026-11-24', { drug: '', number: 0 }), undefined);
  assert.equal(answerOf(list, '2026-11-24', { drug: '', number: 1 })?.id, 'b');
  assert.equal(answerOf(list, '2026-11-24', { drug: 'letrozole', number: 1 }), undefined);
});

test('a tap can be taken back for ten minutes, and only one’s own', () => {
  const now = Date.parse('2026-11-24T07:09:59Z');
  assert.equal(canUndo(entry('a'), now), true);
  assert.equal(canUndo(entry('a'), now + 1_000), false);
  assert.equal(canUndo(entry('a', { by: 'staff' }), now), false);
  assert.equal(canUndo(entry('a'), now, 'caregiver'), false);
  assert.equal(canUndo(entry('a', { by: 'caregiver' }), now, 'caregiver'), true);
  assert.equal(canUndo(entry('a', { standing: 'refused' }), now), false);
});
