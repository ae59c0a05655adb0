import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coversNow, standing } from './agreements.ts';

const base = { from_on: '2026-11-01', until_on: '2026-12-31', signed_at: null, partner_signed_at: null, ended_at: null };
const AT = '2026-11-24T09:00:00Z';

test('an agreement needs both signatures, and its own days', () => {
  assert.equal(standing(base, AT), 'to_sign');
  assert.equal(standing({ ...base, signed_at: AT }, AT), 'waiting');
  assert.equal(standing({ ...base, signed_at: AT, partner_signed_at: AT }, AT), 'running');
  assert.equal(standing({ ...base, signed_at: AT, partner_signed_at: AT, from_on: '2026-12-01' }, AT), 'ahead');
  assert.equal(standing({ ...base, signed_at: AT, partner_signed_at: AT, until_on: '2026-11-23' }, AT), 'past');
});

test('ended after both had signed is ended, before that refused', () => {
  assert.equal(standing({ ...base, signed_at: AT, partner_signed_at: AT, ended_at: AT }, AT), 'ended');
  assert.equal(standing({ ...base, signed_at: AT, ended_at: AT }, AT), 'refused');
});

test('a night over Sunday covers Monday morning', () => {
  const night = { from_minutes: [9720], to_minutes: [10560] }; // Sunday 18:00 to Monday 08:00
  assert.equal(coversNow(night, '2026-11-22T18:00:00Z', 'Europe/Paris'), true); // Sunday 19:00
  assert.equal(coversNow(night, '2026-11-23T06:30:00Z', 'Europe/Paris'), true); // Monday 07:30
  assert.equal(coversNow(night, '2026-11-23T07:00:00Z', 'Europe/Paris'), false); // Monday 08:00
});
