import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuid7 } from './uuid7.ts';

test('carries version 7, the variant and the time', () => {
  const id = uuid7(0x0192f0c1d2e3, new Uint8Array(10).fill(0xff));
  assert.equal(id, '0192f0c1-d2e3-7fff-bfff-ffffffffffff');
});

test('sorts by age and never repeats', () => {
  const ids = Array.from({ length: 500 }, (_, i) => uuid7(1_700_000_000_000 + i));
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(new Set(Array.from({ length: 500 }, () => uuid7(5))).size, 500);
});

test('a clock before 1970 or past the year 10889 still gives a valid id', () => {
  assert.match(uuid7(-5), /^00000000-0000-7/);
  assert.match(uuid7(2 ** 50), /^ffffffff-ffff-7/);
});
