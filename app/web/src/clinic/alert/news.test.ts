import assert from 'node:assert/strict';
import { test } from 'node:test';
import { news } from './news.ts';

const event = (verb: string, by: string | null, at = '2026-11-24T09:00:00Z') => ({ at, verb, by, detail: null });

test('what was known before is no news, nor is what I did myself', () => {
  const before = [event('alert_opened', null)];
  const after = [...before, event('alert_acknowledged', 'Claire'), event('alert_contacted', 'Yann')];
  assert.deepEqual(news(before, after, 'Yann').map((one) => one.verb), ['alert_acknowledged']);
});

test('the same thing done twice is two things', () => {
  const first = event('alert_contacted', 'Claire');
  const again = event('alert_contacted', 'Claire', '2026-11-24T09:05:00Z');
  assert.deepEqual(news([first], [first, again], 'Yann'), [again]);
});
