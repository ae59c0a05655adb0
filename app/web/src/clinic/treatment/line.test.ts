import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineOf, stateOf, type DayCount, type Told } from './line.ts';

const text = (words: string) => ({ fr: words, en: words });
const count = (day: string, more: Partial<DayCount> = {}): DayCount => ({
  day,
  cycle: 1,
  day_of_cycle: 1,
  planned: 2,
  held: 0,
  expected: 2,
  taken: 2,
  partial: 0,
  on_time: 2,
  missed: 0,
  vomited: 0,
  unreported: 0,
  extra: 0,
  rest_day: 0,
  during_hold: 0,
  mg_planned: 3000,
  mg_prescribed: 3000,
  mg_taken: 3000,
  ...more,
});
const line = (days: DayCount[], more: Partial<Told> = {}) =>
  lineOf(
    {
      first: '2026-11-24',
      last: '2026-11-26',
      drugs: [{ drug: 'capecitabine', title: text('Capécitabine'), partner: false, days }],
      symptoms: [],
      reports: [],
      alerts: [],
      weights: [],
      ...more,
    },
    (words) => words.fr,
    'Europe/Paris',
  );
const report = (at: string) => ({ id: at, at, level: 'green', emergency: false });

test('each day has its dose, and a day that was not counted has none', () => {
  const { days, drugs, places } = line([count('2026-11-24'), count('2026-11-26', { mg_taken: 1500, taken: 1 })]);
  assert.deepEqual(days, ['2026-11-24', '2026-11-25', '2026-11-26']);
  assert.deepEqual([drugs[0]!.planned, drugs[0]!.taken], [[3000, 0, 3000], [3000, 0, 1500]]);
  assert.deepEqual(places, [{ cycle: 1, day: 1 }, null, { cycle: 1, day: 1 }]);
});

test('a dose on a rest day stands apart as an extra one', () => {
  const rest = count('2026-11-25', { planned: 0, expected: 0, taken: 0, extra: 1, rest_day: 1, mg_prescribed: 0, mg_taken: 1500 });
  const { drugs } = line([count('2026-11-24', { planned: 1, expected: 1, taken: 1, mg_prescribed: 1500, mg_taken: 1500 }), rest]);
  assert.deepEqual([drugs[0]!.taken[1], drugs[0]!.extra[1]], [0, 1500]);
});

test('a symptom that a report does not list was no trouble in it; a day without a report is unknown', () => {
  const { symptoms, weight } = line([], {
    reports: [report('2026-11-24T09:00:00Z'), report('2026-11-26T09:00:00Z')],
    symptoms: [{ symptom: 'nausea', title: text('Nausées'), points: [{ at: '2026-11-24T09:00:00Z', grade: 2 }] }],
    weights: [{ at: '2026-11-24T09:00:00Z', kg: 70.5 }],
  });
  assert.deepEqual(symptoms, [{ id: 'nausea', title: 'Nausées', grades: [2, null, 0] }]);
  assert.deepEqual(weight, [70.5, null, null]);
});

test('of two reports of a day the worst counts', () => {
  const points = [
    { at: '2026-11-24T07:00:00Z', grade: 3 },
    { at: '2026-11-24T19:00:00Z', grade: 1 },
  ];
  const { symptoms } = line([], { reports: points.map((one) => report(one.at)), symptoms: [{ symptom: 'nausea', title: text('Nausées'), points }] });
  assert.deepEqual(symptoms[0]!.grades, [3, null, null]);
});

test('an alert stands on the local day on which it was opened, and outside the days nowhere', () => {
  const alert = (id: string, opened_at: string) => ({ id, level: 'red' as const, emergency: false, state: 'open', reasons: [], opened_at, closed_at: null });
  const alerts = [alert('a', '2026-11-24T23:30:00Z'), alert('b', '2026-12-24T23:30:00Z')];
  assert.deepEqual(line([], { alerts }).alerts, [{ index: 1, id: 'a', level: 'red' }]);
});

test('a day in one word: an extra dose before all, a hold before what was not taken, nothing said is not missed', () => {
  const today = '2026-11-30';
  const state = (more: Partial<DayCount>, on = '2026-11-24') => stateOf(count(on, more), on, today);
  assert.equal(state({}), 'taken');
  assert.equal(state({ extra: 1 }), 'extra');
  assert.equal(state({ taken: 1, unreported: 1 }), 'partly');
  assert.equal(state({ taken: 0, missed: 2 }), 'missed');
  assert.equal(state({ taken: 0, unreported: 2 }), 'unreported');
  assert.equal(state({ taken: 0, missed: 1, unreported: 1 }), 'unreported');
  assert.equal(state({ planned: 2, held: 2, expected: 0, taken: 0 }), 'hold');
  assert.equal(state({ planned: 0, expected: 0, taken: 0 }), 'rest');
  assert.equal(state({ taken: 0, expected: 0 }, '2026-11-30'), 'planned');
  assert.equal(state({ taken: 1, expected: 1 }, '2026-11-30'), 'partly');
  assert.equal(stateOf(null, '2026-11-24', today), 'outside');
});
