import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PastReport } from '../shared/types.ts';
import { series } from './series.ts';

const report = (day: number, grades: Record<string, number>, measurements: Record<string, number> = {}): PastReport => ({
  id: String(day), received_at: `2026-11-0${day}T08:00:00Z`, answered_at: `2026-11-0${day}T08:00:00Z`, late: false, level: 'green',
  emergency: false, read_by_hand: false, grades, measurements, note: null, answers: {},
});

test('draws old to new, the worst of today first, and leaves out what never troubled', () => {
  const drawn = series([report(3, { fatigue: 1, nausea: 3, cough: 0 }), report(1, { fatigue: 2, cough: 0 })]);
  assert.deepEqual(drawn.map((one) => one.id), ['nausea', 'fatigue']);
  assert.deepEqual(drawn[0]!.points.map((point) => point.value), [0, 3]);
  assert.deepEqual(drawn[1]!.points.map((point) => point.x), [0, 1]);
});

test('a measurement not taken breaks the line', () => {
  const drawn = series([report(3, {}, { t: 39 }), report(2, {}), report(1, {}, { t: 37 })]);
  assert.deepEqual(drawn[0]!.points.map(({ value, gap, y }) => [value, gap, y]), [[37, false, 0], [39, true, 1]]);
});

test('one report, or none, still gives points', () => {
  assert.deepEqual(series([]), []);
  assert.equal(series([report(1, { fatigue: 1 })])[0]!.points[0]!.x, 1);
});
