import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDoses } from './doses.ts';

test('doses are read as people type them', () => {
  const typed = { a: '1500', b: '1 500', c: '2,5', d: ' 20 ', e: '1\u202f900' };
  assert.deepEqual(readDoses(['a', 'b', 'c', 'd', 'e'], typed), { given: { a: 1500, b: 1500, c: 2.5, d: 20, e: 1900 }, wrong: [] });
});

test('an empty field is no dose, and what is no number is told', () => {
  assert.deepEqual(readDoses(['a', 'b', 'c', 'd'], { a: '', b: 'deux', c: '0', d: '-5' }), { given: {}, wrong: ['b', 'c', 'd'] });
  assert.deepEqual(readDoses(['a'], {}), { given: {}, wrong: [] });
});
