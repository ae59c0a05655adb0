import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Item, Questionnaire } from '../shared/types.ts';
import { alarming, emptyDraft, isImplausible, readNumber, resumeAt, steps, toReport } from './steps.ts';

const text = (fr: string) => ({ fr, en: fr });
const item = (id: string, attributes: string, measurement: string | null = null): Item => ({
  id,
  title: text(id),
  help: null,
  attributes: [...attributes].map((attribute) => ({ attribute: attribute as 'F', question: text(attribute) })),
  measurement,
});
const measure = (id: string, min: number, max: number) => ({
  id, title: text(id), question: text(id), unit: '', min, max, step: 1,
});
const questionnaire: Questionnaire = {
  version: 'v1',
  regimen: 'capecitabine',
  title: text('t'),
  minutes: 3,
  scales: { F: [], S: [], I: [], A: [], P: [] },
  items: [item('nausea', 'FS'), item('fever', 'P', 'temperature_c'), item('chills', 'FS', 'temperature_c')],
  more: [item('headache', 'FSI', 'blood_pressure'), item('cough', 'SI')],
  safety: [item('confusion', 'P')],
  measurements: [measure('temperature_c', 30, 43), measure('systolic', 50, 280), measure('diastolic', 30, 180), measure('weight_kg', 25, 300)],
};
const fresh = () => emptyDraft('id', questionnaire, '2026-11-22T08:00:00Z');
const keys = (draft = fresh()) => steps(questionnaire, draft).map((step) => step.key);

test('asks only first attributes when nothing is answered', () => {
  assert.deepEqual(keys(), ['nausea.F', 'fever.P', 'chills.F', 'more', 'confusion.P', 'measure.weight_kg', 'note']);
});

test('0 and "I prefer not to answer" both skip the rest of the item', () => {
  for (const value of [0, null]) {
    const draft = { ...fresh(), answers: { nausea: { F: value } } };
    assert.ok(!keys(draft).includes('nausea.S'));
  }
});

test('an answer above 0 opens the rest and its measurement, once', () => {
  const draft = { ...fresh(), answers: { nausea: { F: 2 }, fever: { P: 1 }, chills: { F: 1 } } };
  assert.deepEqual(keys(draft).slice(0, 6), ['nausea.F', 'nausea.S', 'fever.P', 'measure.temperature_c', 'chills.F', 'chills.S']);
});

test('a ticked symptom is asked after the list, blood pressure asks both numbers', () => {
  const draft = { ...fresh(), chosen: ['headache'], answers: { headache: { F: 3 } } };
  const list = keys(draft);
  assert.deepEqual(list.slice(list.indexOf('more'), -3), ['more', 'headache.F', 'headache.S', 'headache.I', 'measure.systolic', 'measure.diastolic']);
});

test('an answer that a correction closed again is not sent', () => {
  const draft = { ...fresh(), answers: { nausea: { F: 0, S: 3 } }, measurements: { temperature_c: 39 }, confirmed: ['temperature_c'] };
  const report = toReport(questionnaire, draft, 'now');
  assert.deepEqual(report.answers['nausea'], { F: 0 });
  assert.deepEqual(report.measurements, {});
  assert.deepEqual(report.confirmed, []);
});

test('declined answers are left out, but the question stays visible as asked', () => {
  const report = toReport(questionnaire, { ...fresh(), answers: { nausea: { F: null } }, note: '  ' }, 'now');
  assert.deepEqual(report.answers['nausea'], {});
  assert.equal(report.note, null);
});

test('resumes at the first step without an answer', () => {
  assert.equal(resumeAt(questionnaire, fresh()), 'nausea.F');
  assert.equal(resumeAt(questionnaire, { ...fresh(), answers: { nausea: { F: 1 } } }), 'nausea.S');
  const all = { ...fresh(), answers: { nausea: { F: 0 }, fever: { P: 0 }, chills: { F: 0 }, confusion: { P: 0 } }, measurements: { weight_kg: null }, seen: ['more', 'note'] };
  assert.equal(resumeAt(questionnaire, all), 'check');
});

test('reads numbers as people type them', () => {
  assert.equal(readNumber('38,5'), 38.5);
  assert.equal(readNumber(' 38.5 °C '), 38.5);
  assert.equal(readNumber('72 kg'), 72);
  for (const wrong of ['', 'abc', '38,5,1', '1e9', '12345']) assert.equal(readNumber(wrong), null);
});

test('plausible bounds are themselves plausible', () => {
  const temperature = questionnaire.measurements[0]!;
  assert.equal(isImplausible(temperature, 43), false);
  assert.equal(isImplausible(temperature, 43.1), true);
  assert.equal(isImplausible(temperature, 29.9), true);
});

test('top answers and safety items are alarming, a fever alone is for the server to judge', () => {
  const found = (answers: Record<string, Record<string, number>>) => alarming(questionnaire, { answers }).map((one) => one.id);
  assert.deepEqual(found({ nausea: { F: 2, S: 2 }, fever: { P: 1 } }), []);
  assert.deepEqual(found({ nausea: { F: 1, S: 3 }, confusion: { P: 1 } }), ['nausea', 'confusion']);
});
