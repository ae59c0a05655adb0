import assert from 'node:assert/strict';
import { test } from 'node:test';
import { place, turnInWords, turnsOn } from './turns.ts';

test('a day turn stays on its day, a night ends the next', () => {
  assert.deepEqual(turnsOn(1, '08:00', '18:00'), [{ from_minute: 1920, to_minute: 2520 }]);
  assert.deepEqual(turnsOn(0, '20:00', '08:00'), [{ from_minute: 1200, to_minute: 1920 }]);
});

test('the night of Sunday is two turns', () => {
  assert.deepEqual(turnsOn(6, '20:00', '08:00'), [
    { from_minute: 9840, to_minute: 10080 },
    { from_minute: 0, to_minute: 480 },
  ]);
});

test('a whole day begins and ends at midnight', () => {
  assert.deepEqual(turnsOn(2, '00:00', '00:00'), [{ from_minute: 2880, to_minute: 4320 }]);
  assert.deepEqual(place(4320, true), { weekday: 2, hour: '24:00' });
  assert.deepEqual(place(4320), { weekday: 3, hour: '00:00' });
});

test('a turn in words', () => {
  assert.equal(turnInWords({ from_minute: 480, to_minute: 1080 }, 'fr'), 'lun. 08:00–18:00');
  assert.equal(turnInWords({ from_minute: 6840, to_minute: 10080 }, 'fr'), 'ven. 18:00 – dim. 24:00');
  assert.equal(turnInWords({ from_minute: 0, to_minute: 10080 }, 'en'), 'Mon 00:00 – Sun 24:00');
});
