import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeOffline, localDay, position, type OfflineChart } from './offline.ts';
import type { Rulebook } from './types.ts';

const KEPT: OfflineChart = {
  regimen: 'pill',
  started_on: '2026-03-02',
  cycle_days: 21,
  timezone: 'Europe/Paris',
  baseline: { weight_kg: null, symptoms: {} },
  history: [],
};
const at = (text: string): number => Date.parse(text);

test('the first day is cycle 1 day 1, and a cycle ends where the next begins', () => {
  assert.deepEqual(position(KEPT, at('2026-03-02T08:00:00+01:00')), { cycle: 1, day_of_cycle: 1 });
  assert.deepEqual(position(KEPT, at('2026-03-22T08:00:00+01:00')), { cycle: 1, day_of_cycle: 21 });
  assert.deepEqual(position(KEPT, at('2026-03-23T08:00:00+01:00')), { cycle: 2, day_of_cycle: 1 });
});

test('before the first day, and without one, nothing has begun', () => {
  assert.deepEqual(position(KEPT, at('2026-03-01T08:00:00+01:00')), { cycle: 0, day_of_cycle: 0 });
  assert.deepEqual(position({ ...KEPT, started_on: null }, at('2026-03-05T08:00:00Z')), { cycle: 0, day_of_cycle: 0 });
});

test('the day is that of the place where the patient lives', () => {
  assert.equal(localDay(at('2026-03-01T23:30:00Z'), 'Europe/Paris'), '2026-03-02');
  assert.equal(localDay(at('2026-03-02T01:30:00Z'), 'America/Martinique'), '2026-03-01');
});

test('a change of clocks neither adds nor takes a day', () => {
  assert.deepEqual(position(KEPT, at('2026-03-29T23:30:00+02:00')), { cycle: 2, day_of_cycle: 7 });
  assert.deepEqual(position(KEPT, at('2026-03-30T00:30:00+02:00')), { cycle: 2, day_of_cycle: 8 });
});

const text = { fr: '', en: '' };
const outcome = { title: text, headline: text, next: text };
const BOOK: Rulebook = {
  format: 1,
  version: 'test',
  awaiting_signature: true,
  statement: text,
  tables: { S: [0, 1, 2, 3, 3] },
  symptoms: {
    cough: {
      kind: 'standard',
      title: text,
      letters: 'S',
      effects: [
        { id: 'cough_g1', level: 'green' },
        { id: 'cough_g2', level: 'yellow' },
        { id: 'cough_g3', level: 'orange' },
      ],
    },
  },
  derived: [],
  rules: [{ id: 'new_cough', level: 'red', emergency: true, when: { new_or_worse: 'cough' } }],
  counts: [],
  trend: {
    new_or_worse_within_days: 14,
    worsening_points: 2,
    worsening_within_days: 14,
    worsening_never_above: 'orange',
    worsening_comfort_never_above: 'yellow',
    persistence_grade: 2,
    persistence_within_days: 21,
    persistence_level: 'orange',
    persistence_high_within_days: 7,
    persistence_high_level: 'red',
  },
  administrative_rules: [],
  by_reason: { rules: [], nursing: [], administrative: [] },
  levels: {
    green: outcome,
    yellow: outcome,
    orange: outcome,
    red: outcome,
    red_emergency: { ...outcome, headline: { fr: 'Appelez le 15', en: 'Call 15' }, hold: true },
  },
  regimens: {},
  unknown_regimen: { level: 2, flags: {}, over_adherence_class: 'standard', hold_on: [] },
  advice: [{ id: 'call', title: text, body: text, only_with: 'emergency', in_emergency: true }],
  titles: {},
};
const coughing = { cough: { S: 1 } };

test('an emergency is said with its words and advice', () => {
  const said = judgeOffline(BOOK, KEPT, { answers: coughing, answered_at: '2026-03-10T08:00:00Z' });
  assert.equal(said.verdict.recipient, 'emergency');
  assert.equal(said.headline.fr, 'Appelez le 15');
  assert.equal(said.verdict.hold, true);
  assert.deepEqual(said.advice.map(({ id }) => id), ['call']);
});

test('earlier reports count, those still waiting on the phone too, later ones do not', () => {
  const today = { answers: coughing, answered_at: '2026-03-10T08:00:00Z' };
  const told = { told_at: '2026-03-08T08:00:00Z', answers: coughing, measurements: {} };
  assert.equal(judgeOffline(BOOK, { ...KEPT, history: [told] }, today).verdict.level, 'green');
  assert.equal(judgeOffline(BOOK, KEPT, today, [{ ...today, answered_at: '2026-03-09T08:00:00Z' }]).verdict.level, 'green');
  assert.equal(judgeOffline(BOOK, KEPT, today, [{ ...today, answered_at: '2026-03-11T08:00:00Z' }]).verdict.level, 'red');
});
