import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan } from '../../shared/types.ts';
import type { Note } from '../outbox.ts';
import type { Entry } from './journal.ts';
import { intakeNote } from './notes.ts';
import { openDoses } from './snooze.ts';

const at = (clock: string): number => Date.parse(`2026-11-24T${clock}:00Z`);
const slot = (drug: string, held = false) => ({
  drug,
  day: '2026-11-24',
  number: 0,
  due_at: '2026-11-24T07:00:00Z',
  opens_at: '2026-11-24T04:00:00Z',
  closes_at: '2026-11-24T10:00:00Z',
  cycle: 1,
  day_of_cycle: 1,
  mg: 125,
  units: [],
  held,
});
const plan = (more: Partial<Plan> = {}): Plan => ({ slots: [slot('palbociclib'), slot('letrozole')], intakes: [], ...more }) as unknown as Plan;
const entry: Entry = {
  id: 'a',
  drug: 'letrozole',
  on: '2026-11-24',
  slot: 0,
  state: 'taken',
  at: '2026-11-24T07:00:00Z',
  mg: null,
  reason: null,
  by: 'patient',
  recorded_at: '2026-11-24T07:00:00Z',
  replaces: null,
  standing: 'waiting',
};
const waiting = (one: Entry): Note => ({ ...intakeNote(one), state: 'waiting', refusal: null });
const drugs = (...asked: Parameters<typeof openDoses>): string[] => openDoses(...asked).map((one) => one.drug);

test('what may be taken now is put off, nothing before its time and nothing after it', () => {
  assert.deepEqual(drugs(plan(), [], at('07:30')), ['palbociclib', 'letrozole']);
  assert.deepEqual(drugs(plan(), [], at('03:59')), []);
  assert.deepEqual(drugs(plan(), [], at('10:01')), []);
});

test('a dose on hold is not put off: nobody is reminded of it', () => {
  assert.deepEqual(drugs(plan({ slots: [slot('palbociclib', true)] }), [], at('07:30')), []);
});

test('an answer that still waits on this phone is an answer; an extra dose answers for none', () => {
  assert.deepEqual(drugs(plan(), [waiting(entry)], at('07:30')), ['palbociclib']);
  assert.deepEqual(drugs(plan(), [waiting({ ...entry, state: 'extra' })], at('07:30')), ['palbociclib', 'letrozole']);
});
