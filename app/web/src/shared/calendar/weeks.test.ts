import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daysFrom, plusDays, weekday, weeks } from './weeks.ts';

const days = (from: string, n: number): { on: string }[] => Array.from({ length: n }, (_, i) => ({ on: plusDays(from, i) }));

test('a cycle of 21 days that begins on a Wednesday takes four rows, empty before and after', () => {
  const rows = weeks(days('2026-11-25', 21));
  assert.deepEqual(rows.map((row) => row.map((day) => day?.on.slice(8) ?? '')), [
    ['', '', '25', '26', '27', '28', '29'],
    ['30', '01', '02', '03', '04', '05', '06'],
    ['07', '08', '09', '10', '11', '12', '13'],
    ['14', '15', '', '', '', '', ''],
  ]);
});

test('a week that begins on Monday has no empty cell', () => {
  assert.deepEqual(weeks(days('2026-11-23', 7)).map((row) => row.filter(Boolean).length), [7]);
  assert.deepEqual(weeks([]), []);
});

test('days are counted through both clock changes and a leap day', () => {
  assert.equal(plusDays('2026-03-28', 2), '2026-03-30');
  assert.equal(plusDays('2026-10-24', 2), '2026-10-26');
  assert.equal(plusDays('2028-02-28', 1), '2028-02-29');
  assert.equal(daysFrom('2026-03-01', '2026-11-01'), 245);
  assert.equal(daysFrom('2026-11-25', '2026-11-24'), -1);
});

test('Sunday is the last day of the week', () => {
  assert.equal(weekday('2026-11-29'), 6);
  assert.equal(weekday('2026-11-30'), 0);
});
