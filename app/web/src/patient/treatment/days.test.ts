import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DayState } from '../../shared/calendar/weeks.ts';
import { stateOf } from './days.ts';
import type { Entry, Told } from './journal.ts';
import type { DayKind, PhonePlan, PlanDay } from './plan.ts';
import type { Slot } from './today.ts';

const HOUR = 3_600_000;
const ON = '2026-11-24';
const at = (hour: number): number => Date.parse(`${ON}T${String(hour).padStart(2, '0')}:00:00Z`);
const slot = (number: number, hour: number): Slot => ({
  on: ON,
  slot: number,
  at: at(hour),
  opens: at(hour) - 3 * HOUR,
  closes: at(hour) + 3 * HOUR,
  doses: [{ drug: 'capecitabine', number, title: { fr: '', en: '' }, mg: 1500, tablets: [] }],
});
const told = (number: number, state: Told): Entry => ({
  id: `${number}${state}`,
  drug: 'capecitabine',
  on: ON,
  slot: number,
  state,
  at: '',
  mg: null,
  reason: null,
  by: 'patient',
  recorded_at: '',
  replaces: null,
  standing: 'sent',
});
const state = (kind: DayKind, entries: Entry[], { slots = [slot(0, 7), slot(1, 19)], today = '2026-11-25', now = at(12), askedFrom = NaN } = {}): DayState => {
  const day: PlanDay = { on: ON, kind, cycle: 1, day: 1, off: [] };
  return stateOf({ slots, askedFrom } as unknown as PhonePlan, day, entries, today, now);
};

test('a day is taken, partly taken, missed, or without an answer: silence is never a miss', () => {
  assert.equal(state('on', [told(0, 'taken'), told(1, 'late')]), 'taken');
  assert.equal(state('on', [told(0, 'taken')]), 'partly');
  assert.equal(state('on', [told(0, 'missed'), told(1, 'missed')]), 'missed');
  assert.equal(state('on', []), 'unreported');
});

test('today is still to come until its last window has closed', () => {
  assert.equal(state('on', [], { today: ON, now: at(21) }), 'planned');
  assert.equal(state('on', [], { today: ON, now: at(23) }), 'unreported');
});

test('an extra dose shows whatever kind of day it is', () => {
  assert.equal(state('rest', [told(0, 'extra')], { slots: [] }), 'extra');
  assert.equal(state('on', [told(0, 'taken'), told(1, 'taken'), told(0, 'extra')]), 'extra');
});

test('days off say why', () => {
  assert.equal(state('rest', [], { slots: [] }), 'rest');
  assert.equal(state('hold', [], { slots: [] }), 'hold');
  assert.equal(state('before', [], { slots: [] }), 'outside');
  assert.equal(state('over', [], { slots: [] }), 'outside');
});

test('before anybody was followed nothing is unanswered, and what was told all the same counts', () => {
  assert.equal(state('on', [], { askedFrom: at(23) }), 'unasked');
  assert.equal(state('on', [told(0, 'missed')], { askedFrom: at(23) }), 'missed');
  assert.equal(state('on', [], { today: ON, askedFrom: at(23) }), 'planned');
  assert.equal(state('on', [told(1, 'taken')], { askedFrom: at(12) }), 'taken');
  assert.equal(state('on', [], { askedFrom: at(12) }), 'unreported');
  assert.equal(state('rest', [], { slots: [], askedFrom: at(23) }), 'rest');
});
