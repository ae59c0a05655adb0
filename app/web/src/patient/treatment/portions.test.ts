import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partOf, portions } from './portions.ts';

const drug = {
  id: 'capecitabine',
  strengths: [
    { mg: 500, written: '500 mg' },
    { mg: 150, written: '150 mg' },
  ],
};
const dose = (mg: number | null, ...tablets: [string, number][]) => ({
  drug: 'capecitabine',
  number: 0,
  title: { fr: '', en: '' },
  mg,
  tablets: tablets.map(([strength, count]) => ({ strength, count })),
});
const two = portions(dose(1650, ['500 mg', 3], ['150 mg', 1]), [drug]);

test('a dose is asked for in its own tablets', () => {
  assert.deepEqual(two, [
    { strength: '500 mg', mg: 500, of: 3 },
    { strength: '150 mg', mg: 150, of: 1 },
  ]);
});

test('a plan that does not say it to the last tablet leaves milligrams', () => {
  assert.deepEqual(portions(dose(null, ['500 mg', 3]), [drug]), []);
  assert.deepEqual(portions(dose(1650, ['500 mg', 3]), [drug]), []);
  assert.deepEqual(portions(dose(1800, ['300 mg', 6]), [drug]), []);
  assert.deepEqual(portions(dose(1500), [drug]), []);
  assert.deepEqual(portions(dose(1500, ['500 mg', 3]), []), []);
});

test('tablets become milligrams', () => {
  assert.equal(partOf(two, { '500 mg': '2', '150 mg': '1' }), 1150);
  assert.equal(partOf(two, { '500 mg': ' 1 ' }), 500);
  assert.equal(partOf(two, { '500 mg': '0', '150 mg': '1' }), 150);
});

test('all of it, none of it, more than it and parts of a tablet are no answer', () => {
  assert.equal(partOf(two, { '500 mg': '3', '150 mg': '1' }), null);
  assert.equal(partOf(two, {}), null);
  assert.equal(partOf(two, { '500 mg': '4' }), null);
  assert.equal(partOf(two, { '500 mg': '-1', '150 mg': '1' }), null);
  assert.equal(partOf(two, { '500 mg': '1,5' }), null);
  assert.equal(partOf(two, { '500 mg': 'deux' }), null);
});
