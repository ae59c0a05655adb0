import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bars, dots, height, line, runs, steps, ticks } from './strokes.ts';

test('the ground is 100 and the highest value 0; a value that never changes stands in the middle', () => {
  assert.deepEqual([height(0, 3), height(3, 3), height(1.5, 3)], [100, 0, 50]);
  assert.equal(height(70, 70, 70), 50);
});

test('a line breaks where nothing was told for longer than allowed, and only there', () => {
  assert.equal(line([0, null, 3, null, null, null, 0], 3, 0, 2), 'M0.5 100L2.5 0M6.5 100');
  assert.equal(line([null, null], 3, 0, 2), '');
});

test('a day without a report has no dot, a report of nothing has one on the ground', () => {
  assert.equal(dots([null, 0, 3], 3), 'M1.5 100h0M2.5 0h0');
  assert.equal(dots([1, 0, 1], 3, 0, 1), 'M0.5 66.67h0M2.5 66.67h0');
});

test('the ordered dose is drawn as steps: full, nothing during the rest, less after a reduction', () => {
  assert.equal(steps([100, 100, 0, 50], 100), 'M0 0H1H2V100H3V50H4');
});

test('what is above the plan stands on the plan', () => {
  assert.equal(bars([50, 0], 100), 'M0.12 100V50h0.76V100Z');
  assert.equal(bars([50], 100, [50]), 'M0.12 50V0h0.76V50Z');
});

test('holds are runs of days', () => {
  assert.deepEqual(runs([false, true, true, false, true]), [
    { from: 1, length: 2 },
    { from: 4, length: 1 },
  ]);
  assert.deepEqual(runs([]), []);
});

test('a year has at most five names on its axis, a week one a day or less', () => {
  assert.equal(ticks(365, 5).length, 5);
  assert.equal(ticks(28, 5).length, 4);
  assert.equal(ticks(90, 5).length, 4);
  assert.deepEqual(ticks(4, 5), [0, 1, 2, 3]);
});
