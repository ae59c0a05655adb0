import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fate } from './sending.ts';

test('only a 2xx lets an item go', () => {
  for (const status of [200, 201, 204]) assert.equal(fate(status), 'received');
});

test('no answer, a session that ended, throttling and server trouble all keep it', () => {
  for (const status of [null, 401, 408, 425, 429, 500, 502, 503, 504, 302, 304]) assert.equal(fate(status), 'keep');
});

test('any other 4xx refuses it, and it stays on screen', () => {
  for (const status of [400, 403, 404, 409, 413, 415, 422]) assert.equal(fate(status), 'refused');
});
