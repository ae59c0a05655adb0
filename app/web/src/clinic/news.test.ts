import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNews } from './news.ts';

const row = (id: string, level: 'red' | 'orange', version = 1, state: 'open' | 'acknowledged' = 'open') => ({
  id, level, version, state, patient: { name: id },
});

test('the first look announces nothing', () => {
  assert.deepEqual(isNews(null, [row('a', 'red')]), { red: [], changed: false });
});

test('a new red is named, once', () => {
  assert.deepEqual(isNews([row('b', 'orange')], [row('a', 'red'), row('b', 'orange')]).red, ['a']);
  assert.deepEqual(isNews([row('a', 'red')], [row('a', 'red')]), { red: [], changed: false });
});

test('an orange that turns red is named', () => {
  assert.deepEqual(isNews([row('a', 'orange')], [row('a', 'red', 2)]), { red: ['a'], changed: true });
});

test('a red that somebody already has is not urgent news', () => {
  assert.deepEqual(isNews([], [row('a', 'red', 2, 'acknowledged')]), { red: [], changed: true });
});

test('a red that somebody had and that is open again is urgent news', () => {
  assert.deepEqual(isNews([row('a', 'red', 2, 'acknowledged')], [row('a', 'red', 3)]).red, ['a']);
});

test('one gone is a change', () => {
  assert.equal(isNews([row('a', 'orange')], []).changed, true);
});
