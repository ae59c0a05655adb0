import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameBytes } from './bytes.ts';

test('a subscription made with another key is made again, one that does not say is kept', () => {
  const key = Uint8Array.of(4, 1, 2, 3);
  assert.equal(sameBytes(Uint8Array.of(4, 1, 2, 3).buffer, key), true);
  assert.equal(sameBytes(Uint8Array.of(4, 1, 2, 4).buffer, key), false);
  assert.equal(sameBytes(Uint8Array.of(4, 1, 2).buffer, key), false);
  assert.equal(sameBytes(null, key), true);
});
